package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The four services. */
public enum Service {
    /** Runs, blobs and adapters; the gradient. */
    TRAINER("384m"),
    /** Generation. */
    ROLLOUT("384m"),
    /** Verdicts. */
    REWARD("128m"),
    /** Evaluations. */
    EVAL("128m");

    private final String heap;

    Service(String heap) {
        this.heap = heap;
    }

    /** Short name, as in {@code endpoints.json}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Name of the process. */
    String processName() {
        return label() + "-service";
    }

    /** The service whose process has this name. */
    static Service ofProcess(String name) {
        return Arrays.stream(values())
                .filter(service -> service.processName().equals(name))
                .findFirst()
                .orElseThrow(() -> new Failure(Failure.Kind.BUG, "no service runs as " + name));
    }

    /** The packaged program below the repository's root. */
    Path program(Path home) {
        return home.resolve(label() + "-service/target/quarkus-app/quarkus-run.jar");
    }

    /**
     * Small heaps (tensors live outside of them), and no compiler threads that compete with libtorch. A rollout service decodes
     * by loops over vectors, which need the module and the compiler that knows it.
     */
    List<String> jvmFlags() {
        return List.of(
                "-Xms32m",
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                this == ROLLOUT ? "--add-modules=jdk.incubator.vector" : "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                // A trainer fails the run that asked for too much, and goes on with the others.
                this == TRAINER ? "-XX:-ExitOnOutOfMemoryError" : "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED");
    }
}
