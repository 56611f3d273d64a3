package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class BrokerProcessTest {
    @Test
    void recordsOutliveAKilledBrokerAndShareGroupsAreOn() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(Map.of("broker.session.timeout.ms", "5000"))) {
            Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrapServers());
            try (Admin admin = Admin.create(config)) {
                assertThat(admin.describeFeatures().featureMetadata().get().finalizedFeatures())
                        .containsKey("share.version");
                admin.createTopics(List.of(new NewTopic("numbers", 1, (short) 1)))
                        .all()
                        .get();
                alterGroup(admin, "share.auto.offset.reset", "earliest");
                alterGroup(admin, "share.record.lock.duration.ms", "2000");
            }
            sendInTransaction(config, "thirteen");
            long pid = broker.pid();
            broker.kill();
            broker.restart();
            assertThat(broker.pid()).isNotEqualTo(pid);
            assertThat(receive(config)).isEqualTo("thirteen");
        }
    }

    @Test
    void aPortInUseIsSaidInOneSentence() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> Ports.requireFree("the broker", taken.getLocalPort()))
                    .isInstanceOf(Failure.class)
                    .hasMessage(
                            "port %d of the broker is in use on 127.0.0.1: stop what listens there, or choose"
                                    + " another port",
                            taken.getLocalPort());
        }
    }

    private static void alterGroup(Admin admin, String key, String value) throws Exception {
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "readers");
        AlterConfigOp set = new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(group, List.of(set))).all().get();
    }

    private static void sendInTransaction(Map<String, Object> config, String value) {
        Map<String, Object> transactional = new HashMap<>(config);
        transactional.put("transactional.id", "writer");
        try (var producer = new KafkaProducer<>(transactional, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("numbers", value));
            producer.commitTransaction();
        }
    }

    private static String receive(Map<String, Object> config) {
        Map<String, Object> shared = new HashMap<>(config);
        shared.put("group.id", "readers");
        try (var consumer = new KafkaShareConsumer<>(shared, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("numbers"));
            String[] value = new String[1];
            assertThat(Deadline.await(Duration.ofSeconds(60), () -> {
                        consumer.poll(Duration.ofMillis(20)).forEach(record -> value[0] = record.value());
                        return value[0] != null;
                    }))
                    .isTrue();
            return value[0];
        }
    }
}
