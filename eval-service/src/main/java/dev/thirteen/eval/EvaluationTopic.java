package dev.thirteen.eval;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/** The log of evaluations, as every pod hears it. */
final class EvaluationTopic {
    private EvaluationTopic() {}

    /**
     * Hands every record to the listener, with its partition, until it is told to stop.
     *
     * @param caughtUp is told once, when what was there has been read
     */
    static void follow(
            KafkaClients clients,
            Runnable caughtUp,
            BooleanSupplier stopped,
            BiConsumer<Integer, Evaluation> listener) {
        TopicReplay.follow(clients, Topics.EVALUATIONS, caughtUp, stopped, record -> {
            if (record.value() != null) listener.accept(record.partition(), read(record.key(), record.value()));
        });
    }

    private static Evaluation read(String id, byte[] bytes) {
        try {
            return Evaluation.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "topic evaluations: the record of " + id + " is damaged", e);
        }
    }
}
