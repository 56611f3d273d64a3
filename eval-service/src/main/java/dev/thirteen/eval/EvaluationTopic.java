package dev.thirteen.eval;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Reads the compacted topic of evaluations. */
final class EvaluationTopic {
    private static final Duration POLL = Duration.ofMillis(100);

    private EvaluationTopic() {}

    /** The last record of each id, in the order in which the ids first came. */
    static Map<String, byte[]> latest(KafkaClients clients) {
        TopicPartition partition = new TopicPartition(Topics.EVALUATIONS.topic(), 0);
        Map<String, byte[]> latest = new LinkedHashMap<>();
        try (Consumer<String, byte[]> consumer = clients.reader()) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    if (record.value() == null) {
                        latest.remove(record.key());
                    } else {
                        latest.put(record.key(), record.value());
                    }
                }
            }
        }
        return latest;
    }
}
