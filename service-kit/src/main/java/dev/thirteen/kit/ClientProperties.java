package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/** Reads the properties file with what a Kafka client needs to be let in. */
final class ClientProperties {
    private ClientProperties() {}

    /**
     * The settings of the file, or none without a file. What the system sets itself wins over them.
     *
     * @throws Failure CALLER when it cannot be read
     */
    static Map<String, String> read(Optional<Path> file) {
        if (file.isEmpty()) return Map.of();
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file.get())) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "thirteen.kafka.client-properties: %s cannot be read: %s".formatted(file.get(), e),
                    e);
        }
        Map<String, String> settings = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        return settings;
    }
}
