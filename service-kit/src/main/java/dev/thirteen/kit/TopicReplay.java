package dev.thirteen.kit;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Reads a topic from its start to where it ends now, committed records only. */
public final class TopicReplay {
    private static final Duration POLL = Duration.ofMillis(50);

    private TopicReplay() {}

    /** Hands every record to the reader, partition by partition in its order. */
    public static void replay(KafkaClients clients, Topics topic, Consumer<ConsumerRecord<String, byte[]>> reader) {
        try (var consumer = clients.reader()) {
            List<TopicPartition> partitions = partitions(topic);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(reader);
            }
        }
    }

    /** All partitions of a topic. */
    public static List<TopicPartition> partitions(Topics topic) {
        return IntStream.range(0, topic.partitions())
                .mapToObj(partition -> new TopicPartition(topic.topic(), partition))
                .toList();
    }
}
