package dev.thirteen.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** What the figures were taken on. */
final class Machine {
    private Machine() {}

    /** The first GPU's name. */
    static Optional<String> gpu() {
        return Shell.output("nvidia-smi", "--id=0", "--query-gpu=name", "--format=csv,noheader");
    }

    static String describe() {
        return "%s, %d cores, %s"
                .formatted(processor(), Runtime.getRuntime().availableProcessors(), gpu().orElse("no GPU"));
    }

    private static String processor() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("a processor without a name");
        } catch (IOException e) {
            return "an unknown processor";
        }
    }

    /** Versions of what the peers use, those of it that are there. */
    static String peers(String python) {
        String program = """
                from importlib.metadata import PackageNotFoundError, version
                found = []
                for name in ("torch", "transformers", "peft", "math-verify"):
                    try:
                        found.append(name + " " + version(name))
                    except PackageNotFoundError:
                        pass
                print(", ".join(found))
                """;
        return Shell.output(python, "-c", program).orElse("no peers");
    }
}
