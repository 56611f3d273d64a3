package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.File;
import java.nio.file.Path;
import java.util.List;

/** Where the broker's classes are: on this process's own class path, which has the Kafka jars. */
final class BrokerClassPath {
    private BrokerClassPath() {}

    /**
     * The part of the broker's command line that says where its classes are and how it logs.
     *
     * @param logging settings of {@code java.util.logging}
     */
    static List<String> arguments(Path logging) {
        String own = System.getProperty("java.class.path");
        List<String> entries = List.of(own.split(File.pathSeparator));
        if (entries.stream().noneMatch(entry -> entry.contains("kafka_2.13"))) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "the Kafka broker's jars are missing: build them with `bin/build system`");
        }
        // In the tests of a Quarkus service its log manager is on the class path, and wants to be the first.
        boolean jboss = entries.stream().anyMatch(entry -> entry.contains("jboss-logmanager"));
        String logs = jboss
                ? "-Djava.util.logging.manager=org.jboss.logmanager.LogManager"
                : "-Djava.util.logging.config.file=" + logging;
        return List.of("-cp", own, logs);
    }
}
