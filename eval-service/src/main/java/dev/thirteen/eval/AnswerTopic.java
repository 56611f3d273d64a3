package dev.thirteen.eval;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Reads the topic of answers. An answer that a killed process wrote twice is one answer: the first. */
@Singleton
class AnswerTopic {
    /** No answer is older than its evaluation; the clocks of two pods may differ by this. */
    private static final Duration CLOCKS = Duration.ofMinutes(5);

    private record Place(String label, int decoding, int problem, int sample) {}

    private final KafkaClients clients;

    AnswerTopic(KafkaClients clients) {
        this.clients = clients;
    }

    /**
     * Hands each answer of an evaluation to the reader, in the order in which they were judged.
     *
     * @param started when the evaluation was started; nanoseconds since 1970-01-01 UTC
     */
    void read(String evaluation, long started, Consumer<EvaluationAnswer> reader) {
        Set<Place> seen = new HashSet<>();
        Instant from = Instant.ofEpochSecond(0, started).minus(CLOCKS);
        TopicReplay.replay(clients, Topics.EVALUATION_ANSWERS, from, record -> {
            if (record.value() == null || !evaluation.equals(record.key())) return;
            EvaluationAnswer answer = parsed(record.value());
            Place place = new Place(answer.getLabel(), answer.getDecoding(), answer.getProblem(), answer.getSample());
            if (seen.add(place)) reader.accept(answer);
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
