package dev.thirteen.rollout;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.local.BrokerProcess;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A broker with the system's topics, free ports and small limits, for the service under test. */
public class RealBroker implements QuarkusTestResourceLifecycleManager {
    private static final String MODELS = "engine/src/test/resources/golden/models";

    /** Tokens of a sequence at most: a fast processor draws them in more time than a test needs to look or to lose patience. */
    static final int MAX_TOKENS = 32_768;

    private final BrokerProcess broker = BrokerProcess.start();

    @Override
    public Map<String, String> start() {
        clients(broker.bootstrapServers()).ensureTopics();
        try {
            return Map.ofEntries(
                    Map.entry("thirteen.kafka.bootstrap-servers", broker.bootstrapServers()),
                    Map.entry("quarkus.grpc.server.test-port", Integer.toString(freePort())),
                    Map.entry("thirteen.endpoints.trainer", "127.0.0.1:" + freePort()),
                    Map.entry(
                            "thirteen.cache.folder",
                            Files.createTempDirectory("thirteen-test").toString()),
                    Map.entry(
                            "thirteen.models.root",
                            Path.of(System.getProperty("thirteen.home"), MODELS).toString()),
                    Map.entry("thirteen.models.default", "qwen2-tied"),
                    Map.entry("thirteen.engine.precision", "fp32"),
                    Map.entry("thirteen.engine.threads", "1"),
                    Map.entry("thirteen.engine.max-rows", "16"),
                    Map.entry("thirteen.engine.max-sequence-tokens", Integer.toString(MAX_TOKENS)),
                    Map.entry("thirteen.rollout.reader-patience", "0.5s"),
                    Map.entry("thirteen.rollout.max-queued-requests", "2"),
                    Map.entry("thirteen.rollout.groups-in-flight", "4"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Clients as a service has them. */
    static KafkaClients clients(String bootstrapServers) {
        return new KafkaClients(bootstrapServers, Duration.ofSeconds(60), 1);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void stop() {
        broker.close();
    }
}
