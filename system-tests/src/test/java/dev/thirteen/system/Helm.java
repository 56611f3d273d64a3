package dev.thirteen.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Helm as the chart's tests use it: on the chart of this checkout, without a cluster. */
final class Helm {
    static final Path CHART = Path.of("../helm/thirteen");

    private final String program;

    private Helm(String program) {
        this.program = program;
    }

    /** What a command printed, errors included. */
    record Answer(int code, String text) {}

    /** Helm of this machine, or empty where there is none and none can be had. */
    static Optional<Helm> find() throws IOException, InterruptedException {
        Answer found = run(List.of("../bin/find-helm", "--fetch"));
        return found.code() == 0 ? Optional.of(new Helm(found.text().strip())) : Optional.empty();
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
