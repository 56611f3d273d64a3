package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import dev.thirteen.local.BrokerProcess;
import java.lang.Thread.UncaughtExceptionHandler;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads that run out of memory outside of any run's work. */
class LostThreadsTest {
    private final UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    private final LinkedBlockingQueue<Integer> ends = new LinkedBlockingQueue<>();
    private final LostThreads lost = new LostThreads(ends::add);

    @AfterEach
    void othersSeeToTheirThreadsAsBefore() {
        Thread.setDefaultUncaughtExceptionHandler(before);
    }

    /** Without its sender a producer's commits are never answered, and the journal asks for ever. */
    @Test
    void aProducerWithoutItsSenderEndsTheProcess() throws InterruptedException {
        try (BrokerProcess broker = BrokerProcess.start(Map.of())) {
            KafkaClients clients = new KafkaClients(broker.bootstrapServers(), Duration.ofSeconds(30), 1);
            clients.ensureTopics();
            Producer<String, byte[]> producer = clients.transactionalProducer("lost");
            try {
                producer.initTransactions();
                lost.watchKafka();
                producer.beginTransaction();
                // Callbacks run on the sender's thread.
                producer.send(new ProducerRecord<>(Topics.RUN_STATE.topic(), "run", new byte[1]), (_, _) -> {
                    throw new OutOfMemoryError("Java heap space");
                });
                assertThat(ends.poll(120, TimeUnit.SECONDS)).isEqualTo(LostThreads.OUT_OF_MEMORY);
            } finally {
                producer.close(Duration.ZERO);
            }
        }
    }

    @Test
    void aThreadThatRunsOutOfMemoryEndsTheProcess() throws InterruptedException {
        lost.watchAll();

        Thread.ofVirtual().start(LostThreadsTest::wanting).join();
        Thread.ofPlatform().start(LostThreadsTest::wanting).join();

        assertThat(ends).containsExactly(LostThreads.OUT_OF_MEMORY, LostThreads.OUT_OF_MEMORY);
    }

    @Test
    void anOtherExceptionOfAThreadIsLoggedAndNoMore() throws InterruptedException {
        lost.watchAll();

        Thread.ofVirtual()
                .start(() -> {
                    throw new IllegalStateException("a call's own");
                })
                .join();

        assertThat(ends).isEmpty();
    }

    private static void wanting() {
        throw new OutOfMemoryError("Java heap space");
    }
}
