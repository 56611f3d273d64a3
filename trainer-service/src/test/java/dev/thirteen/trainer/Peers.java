package dev.thirteen.trainer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.rollout.v1.DeadLetter;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Plays rollout-service and reward-service on the real topics, by hand. */
final class Peers implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(120);

    private final Consumer<String, byte[]> reader;
    private final Producer<String, byte[]> producer;
    private final List<ConsumerRecord<String, byte[]>> read = new ArrayList<>();

    Peers(KafkaClients clients) {
        reader = clients.reader();
        reader.assign(TopicReplay.partitions(Topics.ROLLOUT_REQUESTS));
        reader.seekToBeginning(reader.assignment());
        producer = clients.producer();
    }

    /** Waits until a run has made this many requests in all; they come in the order of step, group and attempt. */
    List<RolloutRequest> requests(String run, int count) {
        await(() -> {
            reader.poll(Duration.ofMillis(20)).forEach(read::add);
            return of(run).size() >= count;
        });
        return of(run);
    }

    /** The headers of a run's first request. */
    String traceparent(String run) {
        return read.stream()
                .filter(record -> record.key().startsWith(run + "/"))
                .map(record -> record.headers().lastHeader("traceparent"))
                .map(header -> header == null ? "" : new String(header.value()))
                .findFirst()
                .orElseThrow();
    }

    void score(RolloutRequest request) {
        send(Fixtures.scored(request));
    }

    void send(ScoredRollout scored) {
        String run = scored.getRollout().getRequest().getId().getRun();
        producer.send(new ProducerRecord<>(Topics.SCORED_ROLLOUTS.topic(), run, scored.toByteArray()));
        producer.flush();
    }

    void park(RolloutRequest request, String reason) {
        DeadLetter letter = DeadLetter.newBuilder()
                .setId(request.getId())
                .setService("rollout-service")
                .setReason(reason)
                .build();
        producer.send(new ProducerRecord<>(
                Topics.DEAD_LETTERS.topic(), request.getId().getRun(), letter.toByteArray()));
        producer.flush();
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) throw new AssertionError("not within " + PATIENCE);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private List<RolloutRequest> of(String run) {
        return read.stream()
                .filter(record -> record.key().startsWith(run + "/"))
                .map(Peers::parsed)
                .sorted(java.util.Comparator.comparingLong(
                                (RolloutRequest request) -> request.getId().getStep())
                        .thenComparing(request -> request.getId().getGroup())
                        .thenComparing(request -> request.getId().getAttempt()))
                .toList();
    }

    private static RolloutRequest parsed(ConsumerRecord<String, byte[]> record) {
        try {
            return RolloutRequest.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        reader.close();
        producer.close();
    }
}
