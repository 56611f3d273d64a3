package dev.thirteen.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
    @TempDir
    private Path folder;

    @Test
    void measureThatRanReplacesItsOwnLinesAlone() throws IOException {
        Path file = Files.writeString(folder.resolve("benchmarks.md"), "# Benchmarks\n\ntext\n");
        Report report = new Report(file);
        List<String> both =
                List.of("bench cpu-adapters ours 1", "bench cpu-adapters-64 ours 1", "bench load-model ours 1");
        report.put("cpu", facts("x, 2 cores", "d1"), both, List.of("load-model: HF", "cpu-adapters: a"));
        report.put("gpu", facts("y, 16 cores", "d1"), List.of("bench gpu-nano ours 5"), List.of());
        report.put("cpu", facts("x, 2 cores", "d2"), List.of("bench cpu-adapters ours 2"), List.of("cpu-adapters: b"));
        assertThat(file).hasContent("""
                # Benchmarks

                text

                <!-- make bench, cpu: begin -->
                ## `make bench`: cpu

                ### x, 2 cores

                ```
                bench cpu-adapters ours 2
                bench load-model ours 1
                ```

                - 2026-01-01, `d1`, libtorch; torch: load-model
                - load-model: HF
                - 2026-01-01, `d2`, libtorch; torch: cpu-adapters
                - cpu-adapters: b
                <!-- make bench, cpu: end -->

                <!-- make bench, gpu: begin -->
                ## `make bench`: gpu

                ### y, 16 cores

                ```
                bench gpu-nano ours 5
                ```

                - 2026-01-01, `d1`, libtorch; torch: gpu-nano
                <!-- make bench, gpu: end -->
                """);
    }

    @Test
    void anotherMachineHasAPartOfItsOwn() throws IOException {
        Path file = Files.writeString(folder.resolve("benchmarks.md"), """
                <!-- make bench, gpu: begin -->
                ## GPU

                What holds for all.

                ### H200

                Warm.

                ```
                bench gpu-nano ours 1
                bench gpu-decode-3b ours 1
                bench gpu-decode-3b-hf ours 1
                ```

                - gpu-nano: one
                  and two

                ### H100

                ```
                bench gpu-nano ours 2
                ```
                <!-- make bench, gpu: end -->
                """);
        new Report(file).put("gpu", facts("H200", "d"), List.of("bench gpu-decode-3b ours 9"), List.of());
        assertThat(file).hasContent("""
                <!-- make bench, gpu: begin -->
                ## GPU

                What holds for all.

                ### H200

                Warm.

                ```
                bench gpu-decode-3b ours 9
                bench gpu-nano ours 1
                ```

                - gpu-nano: one and two
                - 2026-01-01, `d`, libtorch; torch: gpu-decode-3b

                ### H100

                ```
                bench gpu-nano ours 2
                ```
                <!-- make bench, gpu: end -->
                """);
        new Report(file).put("gpu", facts("B200", "d"), List.of("bench gpu-nano ours 3"), List.of());
        assertThat(Files.readString(file)).contains("bench gpu-nano ours 1", "bench gpu-nano ours 2", "### B200");
    }

    @Test
    void fileIsReadAsItWasWritten() throws IOException {
        Path file = folder.resolve("benchmarks.md");
        List<String> lines = List.of("bench verify-simple ours 1");
        new Report(file).put("verifier", facts("x", "d"), lines, List.of("verify-simple: a"));
        String once = Files.readString(file);
        new Report(file).put("verifier", facts("x", "d"), lines, List.of("verify-simple: a"));
        assertThat(file).hasContent(once);
    }

    private static Report.Facts facts(String machine, String command) {
        return new Report.Facts(command, machine, "libtorch", "torch", "2026-01-01");
    }
}
