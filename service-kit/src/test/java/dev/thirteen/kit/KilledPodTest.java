package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.kit.ShareWork.Done;
import dev.thirteen.kit.ShareWork.Outcome;
import dev.thirteen.local.BrokerProcess;
import dev.thirteen.proto.rollout.v1.GroupId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/**
 * A pod that is killed with many share consumers. As their connections break one by one, the broker hands what the dead
 * held to those whose death it has not noticed yet, and counts a delivery each time.
 */
class KilledPodTest {
    private static final int WORKERS = 32;
    private static final int RECORDS = 8;

    @Test
    void whatAKilledPodHeldIsWorkedOnByTheNextAndNotParked() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start()) {
            KafkaClients clients = new KafkaClients(broker.bootstrapServers(), Duration.ofSeconds(30), 1);
            clients.requireBroker();
            clients.ensureTopics();
            Process pod = pod(broker.bootstrapServers());
            try {
                write(clients);
                for (int taken = 0; taken < RECORDS; taken++) {
                    assertThat(pod.inputReader().readLine()).isEqualTo("taken");
                }
            } finally {
                pod.destroyForcibly().waitFor();
            }
            Map<String, Short> deliveries = new ConcurrentHashMap<>();
            try (RecordWriter writer = new RecordWriter(clients, Tracing.off());
                    ShareWork next = work(clients, writer, record -> {
                        deliveries.put(record.key(), record.deliveryCount().orElseThrow());
                        return new Done();
                    })) {
                next.start();
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(240);
                while (deliveries.size() < RECORDS) {
                    assertThat(System.nanoTime())
                            .as("came again: " + deliveries)
                            .isLessThan(deadline);
                    TimeUnit.MILLISECONDS.sleep(20);
                }
            }
        }
    }

    private static ShareWork work(KafkaClients clients, RecordWriter writer, Work work) {
        ShareWork.Handler handler = new ShareWork.Handler() {
            @Override
            public Outcome handle(ConsumerRecord<String, byte[]> record) throws InterruptedException {
                return work.of(record);
            }

            @Override
            public GroupId idOf(byte[] record) {
                return GroupId.getDefaultInstance();
            }
        };
        Duration lock = Duration.ofSeconds(3);
        ShareWork.Options options = new ShareWork.Options(
                Topics.ROLLOUT_REQUESTS, "pods", WORKERS, lock, ShareWork.Options.MAX_DELIVERIES, lock, Duration.ZERO);
        return new ShareWork(options, clients, writer, Tracing.off(), handler);
    }

    private interface Work {
        Outcome of(ConsumerRecord<String, byte[]> record) throws InterruptedException;
    }

    private static void write(KafkaClients clients) {
        try (Producer<String, byte[]> producer = clients.producer()) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(new ProducerRecord<>(Topics.ROLLOUT_REQUESTS.topic(), "pods/" + i, new byte[] {1}));
            }
        }
    }

    private static Process pod(String broker) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = List.of(java, "-cp", System.getProperty("java.class.path"), Pod.class.getName(), broker);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** A pod that says "taken" for each record and never ends its work. */
    static final class Pod {
        private Pod() {}

        public static void main(String[] arguments) throws InterruptedException {
            KafkaClients clients = new KafkaClients(arguments[0], Duration.ofSeconds(30), 1);
            ShareWork work = work(clients, new RecordWriter(clients, Tracing.off()), record -> {
                System.out.println("taken");
                new CountDownLatch(1).await();
                return new Done();
            });
            work.start();
            new CountDownLatch(1).await();
        }
    }
}
