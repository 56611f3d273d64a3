package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.Main;
import dev.thirteen.local.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/system up} and {@code down}, in a checkout of their own that borrows what was built. */
class SupervisorTest {
    private static final Duration LIMIT = Duration.ofSeconds(300);

    @TempDir
    private Path home;

    private record Ended(int status, String err) {}

    private Ended system(String... arguments) throws Exception {
        Path err = home.resolve("stderr");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(home.resolve("stdout").toFile())
                .redirectError(err.toFile());
        builder.environment().put("THIRTEEN_HOME", home.toString());
        Process process = builder.start();
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), text(err));
    }

    @AfterEach
    void down() throws Exception {
        system("down");
    }

    /** Process numbers by name, as the record has them. */
    private Map<String, Long> pids() {
        Pattern process = Pattern.compile("\"([a-z-]+)\" : \\{\\s*\"pid\" : (\\d+)");
        return process.matcher(text(home.resolve(".thirteen/endpoints.json")))
                .results()
                .collect(Collectors.toMap(found -> found.group(1), found -> Long.parseLong(found.group(2))));
    }

    private long pid(String name) {
        return pids().getOrDefault(name, 0L);
    }

    private void awaitAnother(String name, long before) {
        Poll.until(
                "new " + name,
                LIMIT,
                () -> pid(name) != before && ProcessHandle.of(pid(name)).isPresent(),
                this::told);
    }

    private static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    private String told() {
        return text(home.resolve(".thirteen/system/logs/supervisor.log"));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatIsKilledIsStartedAgainUntilTheSystemIsStopped() throws Exception {
        Path built = Path.of(System.getProperty("thirteen.home"));
        Files.createSymbolicLink(home.resolve("models"), built.resolve("models"));
        for (Service service : Service.values()) {
            String module = service.label() + "-service";
            Files.createSymbolicLink(home.resolve(module), built.resolve(module));
        }
        Ended up = system("up");
        assertThat(up.status()).as(up.err()).isZero();
        assertThat(up.err()).contains("thirteen: starting the Kafka broker");
        assertThat(system("status").status()).isZero();

        long rollout = pid("rollout-service");
        kill(rollout);
        awaitAnother("rollout-service", rollout);
        assertThat(told())
                .contains("rollout-service ended: signal 9; its log is ")
                .contains("it is started again in 1 s");

        kill(pid("supervisor"));
        assertThat(system("up").err()).contains("is watched over from now on");
        long reward = pid("reward-service");
        kill(reward);
        awaitAnother("reward-service", reward);

        List<Long> all = List.copyOf(pids().values());
        assertThat(system("down").err()).contains("stopped 6 processes");
        // One that has ended and was not asked for its status has no program any more.
        assertThat(all)
                .hasSize(6)
                .noneMatch(pid -> ProcessHandle.of(pid)
                        .flatMap(process -> process.info().command())
                        .isPresent());
        assertThat(home.resolve(".thirteen/endpoints.json")).doesNotExist();
        assertThat(told()).doesNotContain("signal 15");
    }
}
