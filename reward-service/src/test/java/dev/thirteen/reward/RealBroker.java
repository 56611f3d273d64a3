package dev.thirteen.reward;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.local.BrokerProcess;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;

/** A broker with the system's topics, and a free gRPC port, for the service under test. */
public class RealBroker implements QuarkusTestResourceLifecycleManager {
    private final BrokerProcess broker = BrokerProcess.start();

    @Override
    public Map<String, String> start() {
        clients(broker.bootstrapServers()).ensureTopics();
        return Map.of(
                "thirteen.kafka.bootstrap-servers",
                broker.bootstrapServers(),
                "quarkus.grpc.server.test-port",
                Integer.toString(freePort()),
                "thirteen.edge.max-connection-age",
                "2s",
                "thirteen.reward.retry-for",
                "3s");
    }

    /** Clients as a service has them. */
    static KafkaClients clients(String bootstrapServers) {
        return new KafkaClients(bootstrapServers, Duration.ofSeconds(60), 1);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        broker.close();
    }
}
