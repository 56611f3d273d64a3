package dev.thirteen.trainer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Where commits go. */
interface Journal {
    /**
     * What became of a commit.
     *
     * @param refused why the topics will never take it; empty when it is committed
     * @param stepOffset where its record lies in topic run-steps; empty where it has none there
     */
    record Written(Optional<String> refused, OptionalLong stepOffset) {
        static Written refused(String reason) {
            return new Written(Optional.of(reason), OptionalLong.empty());
        }

        static Written committed(OptionalLong stepOffset) {
            return new Written(Optional.empty(), stepOffset);
        }
    }

    /**
     * Writes records and offsets, all or nothing; returns when they are committed or can never be.
     *
     * @param records at most one of them for topic run-steps
     * @throws dev.thirteen.core.failure.Failure OUTSIDE when the writer cannot go on: only a restart tells what was
     *     committed
     */
    Written write(List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets);
}
