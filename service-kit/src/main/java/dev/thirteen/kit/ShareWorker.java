package dev.thirteen.kit;

import dev.thirteen.kit.ShareWork.Done;
import dev.thirteen.kit.ShareWork.Outcome;
import dev.thirteen.kit.ShareWork.Park;
import dev.thirteen.kit.ShareWork.Retry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.errors.GroupMaxSizeReachedException;
import org.jboss.logging.Logger;

/**
 * One worker of {@link ShareWork}: one consumer, one record at a time. Any trouble with the consumer (a broker that
 * restarts, a lock that is lost) ends it and starts a new one; the broker gives the record out again.
 */
final class ShareWorker {
    private static final Logger LOG = Logger.getLogger(ShareWork.class);
    /** With read_committed a long poll sometimes sleeps its whole time although records are there. */
    private static final Duration POLL = Duration.ofMillis(20);

    private static final Duration RESTART_PAUSE = Duration.ofMillis(500);
    /** Members leave when a process ends, not sooner. */
    private static final Duration CROWDED_PAUSE = Duration.ofSeconds(10);

    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);
    private static final long LOOK_MILLIS = 50;

    private final ShareWork.Options options;
    private final KafkaClients clients;
    private final ShareHandling handling;
    private final AtomicInteger inWork;
    private final AtomicBoolean crowded;
    private final BrokerWatch broker;
    private final ShareWork.Stop stop;
    private final Duration renewEvery;

    ShareWorker(
            ShareWork.Options options,
            KafkaClients clients,
            ShareHandling handling,
            AtomicInteger inWork,
            AtomicBoolean crowded,
            BrokerWatch broker,
            ShareWork.Stop stop) {
        this.options = options;
        this.clients = clients;
        this.handling = handling;
        this.inWork = inWork;
        this.crowded = crowded;
        this.broker = broker;
        this.stop = stop;
        this.renewEvery = options.lock().dividedBy(3);
    }

    void run() {
        while (!stop.asked() && !Thread.currentThread().isInterrupted()) {
            try {
                if (broker.away()) pause(RESTART_PAUSE);
                else withConsumer();
            } catch (GroupMaxSizeReachedException full) {
                tellCrowded(full);
                pause(CROWDED_PAUSE);
            } catch (RuntimeException e) {
                LOG.warnf(
                        "a share consumer of %s starts anew: %s",
                        options.topic().topic(), e);
                pause(RESTART_PAUSE);
            } catch (Error e) {
                ProcessEnd.because("a worker of " + options.topic().topic() + " died", e);
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void withConsumer() throws InterruptedException {
        ShareConsumer<String, byte[]> consumer = clients.shareConsumer(options.group());
        try {
            consumer.subscribe(List.of(options.topic().topic()));
            while (!stop.asked() && !broker.away()) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    inWork.incrementAndGet();
                    try {
                        work(consumer, record);
                    } finally {
                        inWork.decrementAndGet();
                    }
                }
            }
        } finally {
            consumer.close(broker.away() ? Duration.ZERO : CLOSE_WITHIN);
        }
    }

    private void work(ShareConsumer<String, byte[]> consumer, ConsumerRecord<String, byte[]> record)
            throws InterruptedException {
        FutureTask<Outcome> task = new FutureTask<>(() -> handling.handle(record));
        Thread.ofVirtual().name("work-" + options.group() + "-" + record.key()).start(task);
        ConsumerRecord<String, byte[]> held = record;
        try {
            long renewedNanos = System.nanoTime();
            while (!ended(task) && !stop.over()) {
                if (broker.away()) throw new IllegalStateException("the broker is away, and with it the lock");
                if (System.nanoTime() - renewedNanos < renewEvery.toNanos()) continue;
                held = renew(consumer, held);
                renewedNanos = System.nanoTime();
            }
            consumer.acknowledge(held, verdict(task));
            commit(consumer);
        } finally {
            // Without the record its work is nobody's: another delivery does it again.
            task.cancel(true);
        }
    }

    private static boolean ended(FutureTask<Outcome> task) throws InterruptedException {
        try {
            task.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException stillWorking) {
            return false;
        } catch (ExecutionException failed) {
            return true;
        }
    }

    private static AcknowledgeType verdict(FutureTask<Outcome> task) {
        return switch (task.state()) {
            case SUCCESS ->
                switch (task.resultNow()) {
                    case Done() -> AcknowledgeType.ACCEPT;
                    case Retry(String reason) -> AcknowledgeType.RELEASE;
                    case Park(String reason) -> throw new IllegalStateException("a park ends as done: " + reason);
                };
            case FAILED -> {
                LOG.warnf("a record is given back: %s", task.exceptionNow().toString());
                yield AcknowledgeType.RELEASE;
            }
            case RUNNING, CANCELLED -> AcknowledgeType.RELEASE;
        };
    }

    /** Tells the broker that we are alive. A renewed record must come back from a poll before it can be acknowledged. */
    private ConsumerRecord<String, byte[]> renew(
            ShareConsumer<String, byte[]> consumer, ConsumerRecord<String, byte[]> held) {
        consumer.acknowledge(held, AcknowledgeType.RENEW);
        commit(consumer);
        long deadline = System.nanoTime() + renewEvery.toNanos();
        while (System.nanoTime() < deadline) {
            for (ConsumerRecord<String, byte[]> again : consumer.poll(POLL)) return again;
        }
        throw new IllegalStateException("the lock of " + held.topic() + " " + held.key() + " was not renewed");
    }

    private void commit(ShareConsumer<String, byte[]> consumer) {
        Map<TopicIdPartition, Optional<KafkaException>> answers = consumer.commitSync(renewEvery);
        for (Optional<KafkaException> refused : answers.values()) {
            if (refused.isPresent()) throw refused.get();
        }
    }

    private void tellCrowded(GroupMaxSizeReachedException full) {
        if (crowded.getAndSet(true)) return;
        LOG.warnf(
                "workers of share group '%s' wait, since it has as many members as the broker allows (%s): raise"
                        + " group.share.max.size, or have fewer records under way in each process",
                options.group(), full.getMessage());
    }

    /** Shorter where the work is to stop. */
    private void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        try {
            while (!stop.asked() && System.nanoTime() < end) TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
