package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.File;

/** Where the broker's classes are: on this process's own class path, which has the Kafka jars. */
final class ClassPath {
    private ClassPath() {}

    /** Class path of the broker's process. */
    static String ofBroker() {
        String own = System.getProperty("java.class.path");
        for (String entry : own.split(File.pathSeparator)) {
            if (entry.contains("kafka_2.13")) return own;
        }
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "the Kafka broker is missing from the class path: run `make up` or build module local");
    }
}
