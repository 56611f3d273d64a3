package dev.thirteen.trainer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Where commits go. */
interface Journal {
    /**
     * Writes records and offsets, all or nothing; returns when they are committed or can never be.
     *
     * @return why the topics will never take them; empty when they are committed
     * @throws dev.thirteen.core.failure.Failure OUTSIDE when the writer cannot go on: only a restart tells what was
     *     committed
     */
    Optional<String> write(
            List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets);
}
