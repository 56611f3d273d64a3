package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** How services reach the broker. */
@ConfigMapping(prefix = "thirteen.kafka")
public interface KafkaSettings {
    /** Brokers, host:port, comma-separated. */
    @WithDefault("localhost:9092")
    @NotBlank
    String bootstrapServers();

    /** How long a starting service waits for the broker and its topics before it gives up. */
    @WithDefault("60s")
    Duration startTimeout();

    /** Copies of each record of a topic that is created. */
    @WithDefault("1")
    @Min(1)
    @Max(9)
    int replication();

    /**
     * Properties file with further settings of every Kafka client, by the names that Kafka gives them: security.protocol,
     * sasl.jaas.config, ssl.truststore.location ...
     */
    Optional<Path> clientProperties();
}
