package dev.thirteen.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Helm as the chart's tests use it: on the chart of this checkout, without a cluster. */
final class Helm {
    static final Path CHART = Path.of("../helm/thirteen");

    private static final Optional<Helm> FOUND = find();

    private final String program;

    private Helm(String program) {
        this.program = program;
    }

    /** What a command printed, errors included. */
    record Answer(int code, String text) {}

    /** Helm of this machine; a test that needs it is skipped where there is none and none can be had. */
    static Helm needed() {
        assumeTrue(FOUND.isPresent(), "no helm on this machine, and none to be fetched: see bin/find-helm");
        return FOUND.orElseThrow();
    }

    private static Optional<Helm> find() {
        try {
            Answer found = run(List.of("../bin/find-helm", "--fetch"));
            return found.code() == 0 ? Optional.of(new Helm(found.text().strip())) : Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    Answer lint(String... more) throws IOException, InterruptedException {
        return command(List.of("lint", "--strict", CHART.toString()), more);
    }

    Answer template(String... more) throws IOException, InterruptedException {
        return command(List.of("template", "thirteen", CHART.toString(), "--namespace", "thirteen"), more);
    }

    static Answer run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(process.waitFor(), text);
    }

    private Answer command(List<String> first, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(program);
        command.addAll(first);
        command.addAll(List.of(more));
        return run(command);
    }
}
