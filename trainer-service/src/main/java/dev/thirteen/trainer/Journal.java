package dev.thirteen.trainer;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Where commits go. */
interface Journal {
    /**
     * Writes records and offsets, all or nothing; returns when they are committed.
     *
     * @throws dev.thirteen.core.failure.Failure OUTSIDE when the writer cannot go on: only a restart tells what was
     *     committed
     */
    void write(List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets);
}
