package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.NamedAdapter;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What the topics hold when a trainer starts. */
final class Replay {
    private Replay() {}

    /** Blobs into the folder, then every step, the latest state of every run, and imported adapters. */
    static void read(KafkaClients clients, Blobs blobs, RunIndex index) {
        blobs.restore();
        TopicReplay.replay(
                clients,
                Topics.RUN_STEPS,
                record -> index.replayed(parsed(record, StepRecord::parseFrom), record.offset()));
        Map<String, RunState> states = new LinkedHashMap<>();
        TopicReplay.replay(
                clients, Topics.RUN_STATE, record -> states.put(record.key(), parsed(record, RunState::parseFrom)));
        states.values().forEach(index::committed);
        TopicReplay.replay(clients, Topics.ADAPTERS, record -> index.kept(parsed(record, NamedAdapter::parseFrom)));
    }

    /** Whether requests were ever written here: not where a backup of the run log was restored, which has none of them. */
    static boolean requestsOut(KafkaClients clients) {
        return !TopicReplay.neverWritten(clients, Topics.ROLLOUT_REQUESTS);
    }

    @FunctionalInterface
    private interface Parser<T> {
        T parse(byte[] bytes) throws InvalidProtocolBufferException;
    }

    private static <T> T parsed(ConsumerRecord<String, byte[]> record, Parser<T> parser) {
        try {
            return parser.parse(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "record %s at offset %d of %s cannot be read"
                            .formatted(record.key(), record.offset(), record.topic()),
                    e);
        }
    }
}
