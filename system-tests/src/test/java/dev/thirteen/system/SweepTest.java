package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A sweep by the command line: killed in the middle and run again, it does nothing twice. */
@ExtendWith(SystemUnderTest.Provider.class)
class SweepTest {
    private static final long LIMIT_SECONDS = 300;

    @TempDir
    private Path folder;

    private static final String RUN = """
            name: base
            base-model: tiny-arithmetic
            data-set: {generator: arithmetic, split: rl}
            prompt: {user: "{question}"}
            reward: {extraction: hash, scorer: exact}
            sampling: {max-tokens: 32}
            optimizer: {learning-rate: 0.02}
            steps: 4
            groups-per-step: 4
            samples-per-group: 4
            """;

    private static final String SWEEP = """
            name: sweep-test
            run: run.yaml
            at-once: 2
            evaluation:
              data-set: {generator: arithmetic, split: dev}
              problems: 32
            grids:
            - {name: sizes, over: {adapter.u: [1, 4], seed: [1, 2]}}
            plots:
            - {name: sizes, grids: [sizes], x: numbers, logarithmic: true}
            """;

    @Test
    void aSweepThatIsKilledGoesOnAndReports(SystemUnderTest system) throws Exception {
        Files.writeString(folder.resolve("run.yaml"), RUN);
        Files.writeString(folder.resolve("sweep.yaml"), SWEEP);
        Process first = sweep(system, "first.log");
        Poll.until(
                "two runs of the sweep",
                Duration.ofSeconds(LIMIT_SECONDS),
                () -> names(system).size() >= 2,
                () -> names(system) + " " + log("first.log"));
        first.destroyForcibly().waitFor();
        List<String> begun = names(system);

        Process second = sweep(system, "second.log");
        assertThat(second.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                .as(log("second.log"))
                .isTrue();
        assertThat(second.exitValue()).as(log("second.log")).isZero();
        assertThat(names(system)).hasSize(4).containsAll(begun);

        List<String> rows = Files.readAllLines(folder.resolve("report/results.csv"));
        assertThat(rows).hasSize(5);
        assertThat(rows.subList(1, 5)).allMatch(row -> row.contains(",finished,4,") && !row.contains(",,"));
        assertThat(folder.resolve("report"))
                .isDirectoryContaining("glob:**/sizes.svg")
                .isDirectoryContaining("glob:**/report.html");

        // All is there: nothing is left to do but to tell it.
        Process third = sweep(system, "third.log");
        assertThat(third.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readAllLines(folder.resolve("report/results.csv"))).isEqualTo(rows);

        numbersCanBeLookedAt(system);
    }

    private void numbersCanBeLookedAt(SystemUnderTest system) throws Exception {
        Path out = folder.resolve("numbers");
        List<String> runs = names(system);
        Process inspect = thirteen(
                system,
                "inspect.log",
                "inspect",
                runs.getFirst(),
                runs.getLast(),
                "--problems",
                "8",
                "--parts",
                "2",
                "--report",
                out.toString());
        assertThat(inspect.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                .as(log("inspect.log"))
                .isTrue();
        assertThat(inspect.exitValue()).as(log("inspect.log")).isZero();
        List<String> effects = Files.readAllLines(out.resolve("effects.csv"));
        assertThat(effects)
                .anyMatch(line -> line.startsWith("scaled,,1.00,8,"))
                .anyMatch(line -> line.startsWith("without,0,0.00,8,"));
        assertThat(Files.readString(out.resolve("report.md"))).contains("## How alike the adapters are (cosine)");
    }

    private static List<String> names(SystemUnderTest system) {
        return system.runs().names().stream()
                .filter(name -> name.startsWith("sweep-test-"))
                .sorted()
                .toList();
    }

    private String log(String name) {
        try {
            return Files.exists(folder.resolve(name)) ? Files.readString(folder.resolve(name)) : "";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private Process sweep(SystemUnderTest system, String log) throws IOException {
        String file = folder.resolve("sweep.yaml").toString();
        return thirteen(
                system,
                log,
                "sweep",
                "-f",
                file,
                "--report",
                folder.resolve("report").toString());
    }

    private Process thirteen(SystemUnderTest system, String log, String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(CommandLine.command(system, arguments)).redirectErrorStream(true);
        builder.environment().putAll(Map.of("THIRTEEN_HOME", System.getProperty("thirteen.home")));
        return builder.redirectOutput(folder.resolve(log).toFile()).start();
    }
}
