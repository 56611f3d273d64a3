package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The command line as it was packaged, each command in a process of its own. As for {@code bin/thirteen}, the first one leaves
 * an archive of its classes, with which the others start in half the time.
 *
 * @param folder where its outputs are kept meanwhile
 */
record CommandLine(SystemUnderTest system, Path folder) {
    /** How a command ended and what it wrote. */
    record Result(int code, String out, String err) {}

    Result run(String... arguments) throws IOException, InterruptedException {
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
        Process process = new ProcessBuilder(command(system, arguments))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** The command with all that a shell would be told. */
    static List<String> command(SystemUnderTest system, String... arguments) throws IOException {
        Path home = Path.of(System.getProperty("thirteen.home"));
        Path built = home.resolve("cli").resolve("target");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + home.resolve("system-tests/target/system/cli.jsa"),
                "-Xlog:disable",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                jar(built) + ":" + built.resolve("lib") + "/*",
                "dev.thirteen.cli.Thirteen"));
        command.addAll(List.of(arguments));
        for (Service service : Service.values()) {
            command.add("--" + service.label());
            command.add(system.endpoints().of(service));
        }
        return command;
    }

    private static Path jar(Path built) throws IOException {
        try (Stream<Path> files = Files.list(built)) {
            return files.filter(file -> file.getFileName().toString().matches("cli-.*\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("the command line is not packaged in " + built));
        }
    }
}
