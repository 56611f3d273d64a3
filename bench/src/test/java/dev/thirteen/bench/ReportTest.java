package dev.thirteen.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
    @Test
    void sectionIsReplacedAndTheRestStays(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("benchmarks.md"), "# Benchmarks\n\ntext\n");
        Report report = new Report(file);
        report.replace("cpu", "one");
        report.replace("gpu", "two");
        report.replace("cpu", "three");
        assertThat(file).hasContent("""
                # Benchmarks

                text

                <!-- make bench, cpu: begin -->
                three
                <!-- make bench, cpu: end -->

                <!-- make bench, gpu: begin -->
                two
                <!-- make bench, gpu: end -->
                """);
    }
}
