package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.training.v1.StepRecord;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Topic run-steps, read where a record lies. */
@Singleton
final class KafkaStepLog implements StepLog {
    private static final Duration POLL = Duration.ofMillis(50);
    /** Longer than a broker's restart. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final TopicPartition PARTITION =
            TopicReplay.partitions(Topics.RUN_STEPS).getFirst();

    private final KafkaClients clients;
    private @Nullable Consumer<String, byte[]> reader;

    KafkaStepLog(KafkaClients clients) {
        this.clients = clients;
    }

    @Override
    public synchronized List<StepRecord> read(List<Long> offsets) {
        List<StepRecord> found = new ArrayList<>(offsets.size());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (found.size() < offsets.size()) {
            long wanted = offsets.get(found.size());
            Consumer<String, byte[]> open = reader();
            if (open.position(PARTITION) != wanted) open.seek(PARTITION, wanted);
            int before = found.size();
            for (ConsumerRecord<String, byte[]> record : open.poll(POLL)) take(record, offsets, found);
            if (found.size() > before) deadline = System.nanoTime() + PATIENCE.toNanos();
            if (System.nanoTime() > deadline) throw unreadable(wanted, "Kafka does not give it");
        }
        return found;
    }

    /** Between the steps of one run lie those of others. */
    private static void take(ConsumerRecord<String, byte[]> record, List<Long> offsets, List<StepRecord> found) {
        if (found.size() == offsets.size()) return;
        long wanted = offsets.get(found.size());
        if (record.offset() < wanted) return;
        if (record.offset() > wanted) throw unreadable(wanted, "it is there no more");
        try {
            found.add(StepRecord.parseFrom(record.value()));
        } catch (InvalidProtocolBufferException e) {
            throw unreadable(wanted, String.valueOf(e.getMessage()));
        }
    }

    private static Failure unreadable(long offset, String why) {
        return new Failure(
                Failure.Kind.OUTSIDE, "record %d of topic run-steps cannot be read: %s".formatted(offset, why));
    }

    /** Most trainers are never asked for old steps. */
    private Consumer<String, byte[]> reader() {
        Consumer<String, byte[]> open = reader;
        if (open == null) {
            open = clients.seeker();
            open.assign(List.of(PARTITION));
            reader = open;
        }
        return open;
    }

    @PreDestroy
    synchronized void close() {
        if (reader != null) reader.close();
    }
}
