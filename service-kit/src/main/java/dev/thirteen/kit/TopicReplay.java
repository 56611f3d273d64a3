package dev.thirteen.kit;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Reads a topic from its start to where it ends now, or on and on; committed records only. */
public final class TopicReplay {
    private static final Duration POLL = Duration.ofMillis(50);

    private TopicReplay() {}

    /** Hands every record to the reader, partition by partition in its order. */
    public static void replay(KafkaClients clients, Topics topic, Consumer<ConsumerRecord<String, byte[]>> reader) {
        replay(clients, topic, Instant.EPOCH, reader);
    }

    /** The same from the first record on that was written at a time or later. */
    public static void replay(
            KafkaClients clients, Topics topic, Instant from, Consumer<ConsumerRecord<String, byte[]>> reader) {
        try (var consumer = clients.reader()) {
            List<TopicPartition> partitions = partitions(topic);
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> times = partitions.stream()
                    .collect(Collectors.toMap(partition -> partition, _ -> Math.max(0, from.toEpochMilli())));
            consumer.offsetsForTimes(times).forEach((partition, found) -> {
                // Nothing is that new: only what comes from now on.
                if (found == null) consumer.seekToEnd(List.of(partition));
                else consumer.seek(partition, found.offset());
            });
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(reader);
            }
        }
    }

    /**
     * Hands every record to the reader, and goes on with new ones until it is told to stop; a poll that fails because the
     * broker is away is tried again by the client itself.
     *
     * @param caughtUp is told once, when what was there at the start has been read
     */
    public static void follow(
            KafkaClients clients,
            Topics topic,
            Runnable caughtUp,
            BooleanSupplier stopped,
            Consumer<ConsumerRecord<String, byte[]>> reader) {
        try (var consumer = clients.reader()) {
            // Those that the broker has: a topic of an earlier version may have fewer.
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topic()).stream()
                    .map(found -> new TopicPartition(found.topic(), found.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            boolean behind = true;
            while (!stopped.getAsBoolean()) {
                consumer.poll(POLL).forEach(reader);
                if (!behind) continue;
                behind = ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
                if (!behind) caughtUp.run();
            }
        }
    }

    /** Whether no record was ever written to a topic; one whose records have been deleted since says no. */
    public static boolean neverWritten(KafkaClients clients, Topics topic) {
        try (var consumer = clients.reader()) {
            return consumer.endOffsets(partitions(topic)).values().stream().allMatch(end -> end == 0);
        }
    }

    /** All partitions of a topic. */
    public static List<TopicPartition> partitions(Topics topic) {
        return IntStream.range(0, topic.partitions())
                .mapToObj(partition -> new TopicPartition(topic.topic(), partition))
                .toList();
    }
}
