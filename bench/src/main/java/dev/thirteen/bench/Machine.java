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

    /** torch, transformers and PEFT of the peers. */
    static String peers(String python) {
        String program = "import torch, transformers, peft; print(f'torch {torch.__version__}, transformers "
                + "{transformers.__version__}, peft {peft.__version__}')";
        return Shell.output(python, "-c", program).orElse("no peers");
    }
}
