package dev.thirteen.kit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.proto.rollout.v1.GroupId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Work taken from a topic as a share group (KIP-932): so many workers, each with one consumer and one record. A record's
 * lock is renewed while the handler works on it, and the record is accepted only when its result stands. A record that
 * cannot be done is parked in {@code dead-letters} with the reason, by us: what the broker drops at its own delivery
 * limit would vanish in silence.
 */
public final class ShareWork implements AutoCloseable {
    /** How the handling of a record ended. */
    public sealed interface Outcome {}

    /** The result stands; the record is accepted. */
    public record Done() implements Outcome {}

    /** Not now: tried again, after a pause and under the same lock, until {@link Options#retryFor} is over. */
    public record Retry(String reason) implements Outcome {}

    /** Never: parked in dead-letters at once. */
    public record Park(String reason) implements Outcome {}

    /** The work itself. */
    public interface Handler {
        /**
         * Handles one record on a thread of its own, within the record's trace. A Failure of a retryable kind and any
         * unknown exception count as Retry, other Failures as Park.
         *
         * @throws InterruptedException when the record is given back: stop at once
         */
        Outcome handle(ConsumerRecord<String, byte[]> record) throws InterruptedException;

        /** Names the group of a record, for its dead letter. */
        GroupId idOf(byte[] record) throws InvalidProtocolBufferException;
    }

    /**
     * What is taken and how.
     *
     * @param group name of the share group; also names the service in dead letters
     * @param workers records in work at once
     * @param lock how long the broker waits for a sign of life of a record, 15 to 60 s by the broker's defaults
     * @param maxDeliveries deliveries that may be worked on; the next one is parked. At most {@link #MAX_DELIVERIES}
     * @param retryFor how long a record is tried again before it is parked
     * @param grace how long a stop waits for records in work
     */
    public record Options(
            Topics topic,
            String group,
            int workers,
            Duration lock,
            int maxDeliveries,
            Duration retryFor,
            Duration grace) {
        /**
         * One less than the most that a broker allows by its defaults. High, because a killed process costs not one
         * delivery but up to one for each of its workers on the record's partition: while its connections break one by
         * one, the broker still hands the record to those that it has not seen break.
         */
        public static final int MAX_DELIVERIES = 9;
    }

    private final Options options;
    private final KafkaClients clients;
    private final ShareHandling handling;
    private final List<Thread> workers = new ArrayList<>();
    private final AtomicInteger inWork = new AtomicInteger();
    /** Whether it has been said that the group has no room. */
    private final AtomicBoolean crowded = new AtomicBoolean();

    private final Stop stop = new Stop();
    private @Nullable BrokerWatch broker;

    public ShareWork(Options options, KafkaClients clients, RecordWriter writer, Tracing tracing, Handler handler) {
        this.options = options;
        this.clients = clients;
        this.handling = new ShareHandling(options, writer, tracing, handler, stop);
    }

    /** Configures the share group and starts the workers. */
    public synchronized void start() {
        // One more than may be worked on: the last delivery is for parking.
        clients.configureShareGroup(options.group(), options.lock(), options.maxDeliveries() + 1);
        broker = new BrokerWatch(clients.bootstrapServers(), () -> clients.awaitCoordinator(options.group()));
        for (int i = 0; i < options.workers(); i++) {
            ShareWorker worker = new ShareWorker(options, clients, handling, inWork, crowded, broker, stop);
            // Not virtual: a consumer's poll may spin instead of parking, and would keep its carrier from all others.
            workers.add(Thread.ofPlatform()
                    .daemon()
                    .name("share-" + options.group() + "-" + i)
                    .start(worker::run));
        }
    }

    /** Records in work now. */
    public int inWork() {
        return inWork.get();
    }

    /** Takes no more records, waits for those in work up to the grace, gives the rest back to the group. */
    @Override
    public synchronized void close() {
        stop.in(options.grace());
        long deadline = System.nanoTime() + options.grace().plusSeconds(10).toNanos();
        for (Thread worker : workers) {
            try {
                worker.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        workers.clear();
        if (broker != null) broker.close();
    }

    /** When taking ends and when working ends. */
    static final class Stop {
        private volatile boolean asked;
        private volatile long deadlineNanos;

        void in(Duration grace) {
            deadlineNanos = System.nanoTime() + grace.toNanos();
            asked = true;
        }

        boolean asked() {
            return asked;
        }

        boolean over() {
            return asked && System.nanoTime() - deadlineNanos > 0;
        }
    }
}
