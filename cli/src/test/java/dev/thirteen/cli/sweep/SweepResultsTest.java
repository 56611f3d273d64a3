package dev.thirteen.cli.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.thirteen.cli.plot.Plot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepResultsTest {
    @TempDir
    private Path folder;

    private static SweepRow row(String grid, String u, String seed, int numbers, double accuracy) {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("adapter.u", u);
        keys.put("seed", seed);
        SweepRow.Found found = new SweepRow.Found(
                "e1", 200, accuracy, 0.03125, 0.25, new SweepRow.Interval(accuracy - 0.25, 0, 0.5), 0.001, 12.5, 3);
        return new SweepRow(
                "s-" + grid + u + seed,
                List.of(grid),
                keys,
                "finished",
                new SweepRow.Size(numbers, numbers, 2 * numbers),
                new SweepRow.Training(20, 20, 0.375, 31.5),
                Double.isNaN(accuracy) ? Optional.empty() : Optional.of(found));
    }

    private static final List<SweepRow> ROWS = List.of(
            row("rl", "1", "1", 1, 0.25),
            row("rl", "1", "2", 1, 0.35),
            row("rl", "4", "1", 4, 0.5),
            row("rl", "4", "2", 4, Double.NaN),
            row("sft", "1", "1", 1, 0.3));

    @Test
    void rowsThatDifferInTheirSeedAreOneCell() {
        List<Summary> cells = Summary.of("rl", ROWS, Set.of("seed"));

        assertThat(cells).extracting(Summary::keys).containsExactly(Map.of("adapter.u", "1"), Map.of("adapter.u", "4"));
        Summary.Spread spread = cells.getFirst().accuracy();
        assertThat(spread.count()).isEqualTo(2);
        assertThat(spread.mean()).isEqualTo(0.3, within(1e-12));
        // |0.25 - 0.35| / sqrt(2)
        assertThat(spread.deviation()).isEqualTo(0.0707107, within(1e-7));
        assertThat(spread.least()).isEqualTo(0.25);
        assertThat(spread.most()).isEqualTo(0.35);
        assertThat(cells.getLast().accuracy().deviation()).isZero();
    }

    @Test
    void theTableHasALineACellAndSaysWhatIsMissing() {
        assertThat(SummaryTable.of(Summary.of("rl", ROWS, Set.of("seed"))))
                .containsExactly(
                        List.of(
                                "adapter.u",
                                "numbers",
                                "freedom",
                                "bytes",
                                "runs",
                                "accuracy",
                                "±",
                                "least",
                                "most",
                                "base",
                                "difference",
                                "tokens"),
                        List.of("1", "1", "1", "2", "2", "0.300", "0.071", "0.250", "0.350", "0.250", "+0.050", "12.5"),
                        List.of(
                                "4", "4", "4", "8", "1 of 2", "0.500", "", "0.500", "0.500", "0.250", "+0.250",
                                "12.5"));
    }

    @Test
    void theCsvHasALineARun() throws IOException {
        Path file = folder.resolve("results.csv");
        new ResultFiles(ROWS).writeCsv(file);

        assertThat(Files.readAllLines(file))
                .hasSize(6)
                .startsWith(
                        "run,grids,adapter.u,seed,phase,steps,trained_numbers,degrees_of_freedom,adapter_bytes,last_reward,seconds,"
                                + "evaluation,answers,accuracy,standard_error,base_accuracy,difference,difference_low,"
                                + "difference_high,p,mean_tokens,truncated",
                        "s-rl11,rl,1,1,finished,20,1,1,2,0.375000,31.5000,e1,200,0.250000,0.0312500,0.250000,0,0,0.500000,"
                                + "0.00100000,12.5000,3")
                .contains("s-rl42,rl,4,2,finished,20,4,4,8,0.375000,31.5000,,,,,,,,,,,");
    }

    @Test
    void theParquetFileHasTheSameRows() throws IOException {
        Path file = folder.resolve("results.parquet");
        new ResultFiles(ROWS).writeParquet(file);

        List<String> read = new ArrayList<>();
        try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file));
                RowReader rows = reader.rowReader()) {
            while (rows.hasNext()) {
                rows.next();
                read.add(rows.getString("run") + " " + rows.getLong("trained_numbers") + " "
                        + rows.getDouble("accuracy"));
            }
        }
        assertThat(read).startsWith("s-rl11 1 0.25").contains("s-rl42 4 NaN").hasSize(5);
    }

    @Test
    void aFigureHasALineAGridWithMeansAndSpreadsAndTheBase() {
        PlotSpec spec = new PlotSpec(
                "f", "Figure", List.of("rl", "sft"), "numbers", "accuracy", true, List.of("grid"), Map.of());
        Plot plot = SweepPlots.plot(spec, ROWS, Map.of("rl", "GRPO"));

        assertThat(plot.lines()).extracting(Plot.Line::label).containsExactly("GRPO", "sft");
        assertThat(plot.lines().getFirst().points()).hasSize(2);
        assertThat(plot.lines().getFirst().points().getFirst().y()).isEqualTo(0.3, within(1e-12));
        assertThat(plot.lines().getFirst().points().getFirst().spread()).isEqualTo(0.0707107, within(1e-7));
        assertThat(plot.levels()).containsExactly(new Plot.Level("base", 0.25));
    }

    @Test
    void aFigureMayHaveALineAKeyAndLeaveRowsOut() {
        PlotSpec spec = new PlotSpec(
                "f", "Figure", List.of("rl"), "seed", "difference", false, List.of("adapter.u"), Map.of("seed", "1"));
        Plot plot = SweepPlots.plot(spec, ROWS, Map.of());

        assertThat(plot.lines()).extracting(Plot.Line::label).containsExactly("u 1", "u 4");
        assertThat(plot.lines()).allMatch(line -> line.points().size() == 1);
        assertThat(plot.levels()).isEmpty();
    }

    @Test
    void theReportIsOnePageAndTheFilesThatItShows() throws IOException {
        PlotSpec spec =
                new PlotSpec("f", "Figure <1>", List.of("rl"), "numbers", "accuracy", true, List.of("grid"), Map.of());
        new SweepReport("s", Map.of("rl", "GRPO"), Set.of("seed"), List.of(spec), ROWS).write(folder);

        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder(
                        "results.csv", "results.parquet", "f.svg", "f.png", "report.md", "report.html");
        assertThat(Files.readString(folder.resolve("report.html")))
                .contains("<h2>Figure &lt;1&gt;</h2>", "data:image/svg+xml;base64,", "<td class=\"number\">0.300</td>")
                .doesNotContain("http://", "src=\"f.svg\"");
        assertThat(Files.readString(folder.resolve("report.md")))
                .contains(
                        "![Figure <1>](f.svg)",
                        "| adapter.u | numbers | freedom |",
                        "| 1 of 2 |",
                        "Freedom is the adapter's effective degrees of freedom");
    }
}
