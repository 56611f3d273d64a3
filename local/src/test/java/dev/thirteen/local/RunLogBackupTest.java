package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
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
            }
            byte[] logged =
                    ("10:11:12 WARN NetworkClient: no answer yet\nH4\n" + saved).getBytes(StandardCharsets.US_ASCII);
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

    private static RunLogBackup backup(BrokerProcess broker) {
        Properties client = new Properties();
        client.setProperty("bootstrap.servers", broker.bootstrapServers());
        return new RunLogBackup(client);
    }

    private static int restore(RunLogBackup backup, byte[] saved) throws Exception {
        return backup.restore(new ByteArrayInputStream(saved), (short) 1);
    }

    private static void fill(BrokerProcess broker) throws Exception {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", broker.bootstrapServers()));
        try (Admin admin = Admin.create(config)) {
            admin.createTopics(RunLogBackup.TOPICS.stream()
                            .map(topic ->
                                    new NewTopic(topic, 1, (short) 1).configs(Map.of("cleanup.policy", "compact")))
                            .toList())
                    .all()
                    .get();
        }
        config.put("transactional.id", "trainer");
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("run-state", "a", "1"));
            producer.send(new ProducerRecord<>("run-steps", "a", "step"));
            producer.commitTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("run-state", "a", "aborted"));
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("run-state", "a", null));
            producer.commitTransaction();
        }
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
