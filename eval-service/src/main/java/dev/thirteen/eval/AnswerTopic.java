package dev.thirteen.eval;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Reads the topic of answers. An answer that a killed process wrote twice is one answer: the first. */
@Singleton
class AnswerTopic {
    private record Place(String label, int decoding, int problem, int sample) {}

    private final KafkaClients clients;

    AnswerTopic(KafkaClients clients) {
        this.clients = clients;
    }

    /** The answers of some evaluations, by evaluation. */
    Map<String, List<EvaluationAnswer>> of(Set<String> evaluations) {
        Map<String, List<EvaluationAnswer>> answers = new HashMap<>();
        for (String id : evaluations) answers.put(id, new ArrayList<>());
        if (evaluations.isEmpty()) return answers;
        read(evaluations, answer -> answers.get(answer.getEvaluationId()).add(answer));
        return answers;
    }

    /** Hands each answer of an evaluation to the reader, in the order in which they were judged. */
    void read(String evaluation, Consumer<EvaluationAnswer> reader) {
        read(Set.of(evaluation), reader);
    }

    private void read(Set<String> evaluations, Consumer<EvaluationAnswer> reader) {
        Map<String, Set<Place>> seen = new HashMap<>();
        TopicReplay.replay(clients, Topics.EVALUATION_ANSWERS, record -> {
            if (record.value() == null || !evaluations.contains(record.key())) return;
            EvaluationAnswer answer = parsed(record.value());
            Place place = new Place(answer.getLabel(), answer.getDecoding(), answer.getProblem(), answer.getSample());
            if (seen.computeIfAbsent(record.key(), _ -> new HashSet<>()).add(place)) reader.accept(answer);
        });
    }

    private static EvaluationAnswer parsed(byte[] bytes) {
        try {
            return EvaluationAnswer.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "topic evaluation-answers: a record is damaged", e);
        }
    }
}
