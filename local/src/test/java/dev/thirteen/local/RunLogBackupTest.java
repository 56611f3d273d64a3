package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** From one real broker to another. */
class RunLogBackupTest {
    private static final Duration POLL = Duration.ofMillis(50);

    @Test
    void whatIsCommittedComesBackInAnEmptyClusterWithItsTopics() throws Exception {
        ByteArrayOutputStream saved = new ByteArrayOutputStream();
        try (BrokerProcess from = BrokerProcess.start()) {
            fill(from);
            assertThat(backup(from).backup(saved)).isEqualTo(3);
        }
        assertThat(saved.toString()).matches("[A-Za-z0-9+/=\r\n]+");
        try (BrokerProcess to = BrokerProcess.start()) {
            byte[] cut = Arrays.copyOf(saved.toByteArray(), saved.size() / 4 * 2);
            for (byte[] wrong : List.of(cut, new byte[] {'a', 'b'}, new byte[0])) {
                assertThatThrownBy(() -> restore(backup(to), wrong))
                        .isInstanceOf(Failure.class)
                        .hasMessage("this is no whole backup of a run log");
                assertThatThrownBy(() -> RunLogBackup.check(new ByteArrayInputStream(wrong)))
                        .isInstanceOf(Failure.class)
                        .hasMessage("this is no whole backup of a run log");
            }
            byte[] logged =
                    ("10:11:12 WARN NetworkClient: no answer yet\nH4\n" + saved).getBytes(StandardCharsets.US_ASCII);
            assertThat(RunLogBackup.check(new ByteArrayInputStream(logged))).isEqualTo(3);
            assertThat(restore(backup(to), logged)).isEqualTo(3);
            assertThat(read(to, "run-state")).containsExactly("a=1", "a=null");
            assertThat(read(to, "run-steps")).containsExactly("a=step");
            assertThat(read(to, "blobs")).isEmpty();
            assertThat(policy(to, "run-state")).isEqualTo("compact");
            assertThatThrownBy(() -> restore(backup(to), saved.toByteArray()))
                    .isInstanceOf(Failure.class)
                    .hasMessageMatching("topic .* is there: a run log is restored before trainer-service first starts");
        }
    }

    /** A log that is larger than memory: what is read is written at once, and what is committed meanwhile follows. */
    @Test
    void whatIsCommittedWhileItIsReadIsInTheBackup() throws Exception {
        ByteArrayOutputStream saved = new ByteArrayOutputStream();
        try (BrokerProcess from = BrokerProcess.start();
                BrokerProcess to = BrokerProcess.start()) {
            create(from);
            try (var trainer = transactional(from)) {
                commit(trainer, new ProducerRecord<>("run-state", "a", "0"));
                for (int i = 0; i < 4; i++) commit(trainer, new ProducerRecord<>("blobs", "b" + i, noise(i)));
                Committing out = new Committing(saved, trainer, 3);
                // The state and four pieces, and three steps with their states that came while those were written.
                assertThat(backup(from).backup(out)).isEqualTo(5 + 3 * 2);
            }
            assertThat(restore(backup(to), saved.toByteArray())).isEqualTo(5 + 3 * 2);
            assertThat(read(to, "run-state")).containsExactly("a=0", "a=1", "a=2", "a=3");
            assertThat(read(to, "run-steps")).containsExactly("a=1", "a=2", "a=3");
        }
    }

    /** Text that gzip makes hardly shorter, so that it comes out before the next record is read. */
    private static String noise(int seed) {
        byte[] bytes = new byte[300_000];
        new Random(seed).nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Commits a step each time that another 100 kB of the backup have come out, as often as it is told to. */
    private static final class Committing extends FilterOutputStream {
        private final KafkaProducer<String, String> trainer;
        private final int steps;
        private long written;
        private int committed;

        Committing(OutputStream to, KafkaProducer<String, String> trainer, int steps) {
            super(to);
            this.trainer = trainer;
            this.steps = steps;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            written += length;
            if (committed == steps || written < 100_000L * (committed + 1)) return;
            String step = Integer.toString(++committed);
            commit(trainer, new ProducerRecord<>("run-steps", "a", step), new ProducerRecord<>("run-state", "a", step));
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }
    }

    private static RunLogBackup backup(BrokerProcess broker) {
        Properties client = new Properties();
        client.setProperty("bootstrap.servers", broker.bootstrapServers());
        return new RunLogBackup(client);
    }

    private static int restore(RunLogBackup backup, byte[] saved) throws Exception {
        return backup.restore(new ByteArrayInputStream(saved), (short) 1);
    }

    private static void create(BrokerProcess broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(RunLogBackup.TOPICS.stream()
                            .map(topic ->
                                    new NewTopic(topic, 1, (short) 1).configs(Map.of("cleanup.policy", "compact")))
                            .toList())
                    .all()
                    .get();
        }
    }

    private static void fill(BrokerProcess broker) throws Exception {
        create(broker);
        try (var producer = transactional(broker)) {
            commit(
                    producer,
                    new ProducerRecord<>("run-state", "a", "1"),
                    new ProducerRecord<>("run-steps", "a", "step"));
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("run-state", "a", "aborted"));
            producer.abortTransaction();
            commit(producer, new ProducerRecord<>("run-state", "a", null));
        }
    }

    private static KafkaProducer<String, String> transactional(BrokerProcess broker) {
        Map<String, Object> config =
                Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", "trainer");
        var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    @SafeVarargs
    private static void commit(KafkaProducer<String, String> producer, ProducerRecord<String, String>... records) {
        producer.beginTransaction();
        for (ProducerRecord<String, String> record : records) producer.send(record);
        producer.commitTransaction();
    }

    private static List<String> read(BrokerProcess broker, String topic) {
        Map<String, Object> config =
                Map.of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> one = List.of(new TopicPartition(topic, 0));
            consumer.assign(one);
            consumer.seekToBeginning(one);
            long end = consumer.endOffsets(one).get(one.getFirst());
            List<String> records = new ArrayList<>();
            while (consumer.position(one.getFirst()) < end) {
                consumer.poll(POLL).forEach(record -> records.add(record.key() + "=" + record.value()));
            }
            return records;
        }
    }

    private static String policy(BrokerProcess broker, String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            return admin.describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .get(resource)
                    .get("cleanup.policy")
                    .value();
        }
    }
}
