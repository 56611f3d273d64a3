package dev.thirteen.trainer;

import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.core.run.RunEvent;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A record that names a group of a live run.
 *
 * @param scored the group; empty for a dead letter
 */
record Arrival(
        ConsumerRecord<String, byte[]> record, GroupRequest request, Optional<ScoredRollout> scored, RunEvent event) {
    TopicPartition partition() {
        return new TopicPartition(record.topic(), record.partition());
    }
}
