package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.keda.ExternalScalerGrpc;
import dev.thirteen.proto.keda.GetMetricsRequest;
import dev.thirteen.proto.keda.MetricSpec;
import dev.thirteen.proto.keda.ScaledObjectRef;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What KEDA is told, on a real broker. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class ScalerServiceTest {
    @Inject
    KafkaClients clients;

    @Inject
    TrainerLoop loop;

    private Client client;

    @BeforeEach
    void connect() {
        Peers.await(loop::ready);
        client = new Client(ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void groupsWaitUntilARolloutPodAcknowledgesThem() throws Exception {
        clients.configureShareGroup("rollout", Duration.ofSeconds(15), 5);
        String data = client.put(Digests.sha256(Fixtures.PROBLEM_FILE), Fixtures.PROBLEM_FILE)
                .getDigest();
        client.create(Fixtures.spec("waits", data));
        // Nobody has ever read the topic: what is in it counts.
        Peers.await(() -> waiting() >= 2);
        assertThat(scaler().isActive(ScaledObjectRef.getDefaultInstance()).getResult())
                .isTrue();
        drain();
        assertThat(scaler().isActive(ScaledObjectRef.getDefaultInstance()).getResult())
                .isFalse();

        client.create(Fixtures.spec("waits-again", data));
        Peers.await(() -> waiting() >= 2);
        drain();
    }

    @Test
    void targetIsTheTriggersOrEight() {
        assertThat(targets(ScaledObjectRef.getDefaultInstance())).containsExactly(8.0);
        assertThat(targets(ref("3"))).containsExactly(3.0);
        for (String wrong : List.of("0", "-1", "many", "1.5")) {
            assertThatThrownBy(() -> targets(ref(wrong)))
                    .isInstanceOf(StatusRuntimeException.class)
                    .hasMessageContaining("INVALID_ARGUMENT")
                    .hasMessageContaining("groupsPerReplica");
        }
    }

    @Test
    void anotherMetricIsRefused() {
        assertThatThrownBy(() -> scaler().getMetrics(GetMetricsRequest.newBuilder()
                        .setMetricName("cpu")
                        .build()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining("waiting-groups");
    }

    /** Plays the pods: takes and acknowledges all there is. */
    private void drain() {
        try (ShareConsumer<String, byte[]> pod = clients.shareConsumer("rollout")) {
            pod.subscribe(List.of(Topics.ROLLOUT_REQUESTS.topic()));
            Peers.await(() -> {
                for (ConsumerRecord<String, byte[]> record : pod.poll(Duration.ofMillis(50))) {
                    pod.acknowledge(record, AcknowledgeType.ACCEPT);
                }
                pod.commitSync();
                return waiting() == 0;
            });
        }
    }

    private long waiting() {
        return scaler().getMetrics(GetMetricsRequest.newBuilder()
                        .setMetricName("waiting-groups")
                        .build())
                .getMetricValues(0)
                .getMetricValue();
    }

    private List<Double> targets(ScaledObjectRef ref) {
        return scaler().getMetricSpec(ref).getMetricSpecsList().stream()
                .map(MetricSpec::getTargetSizeFloat)
                .toList();
    }

    private static ScaledObjectRef ref(String target) {
        return ScaledObjectRef.newBuilder()
                .putScalerMetadata("groupsPerReplica", target)
                .build();
    }

    private ExternalScalerGrpc.ExternalScalerBlockingStub scaler() {
        return client.scaler();
    }
}
