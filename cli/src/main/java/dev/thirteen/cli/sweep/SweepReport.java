package dev.thirteen.cli.sweep;

import dev.thirteen.cli.plot.Plot;
import dev.thirteen.cli.plot.PlotImage;
import dev.thirteen.cli.report.Document;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files of a sweep: results.csv, results.parquet, each figure as SVG and PNG, report.md that shows these, and report.html,
 * which needs no other file.
 *
 * @param grids titles by names, in the order of the sweep file
 * @param replicates keys whose values repeat a cell
 */
public record SweepReport(
        String name, Map<String, String> grids, Set<String> replicates, List<PlotSpec> plots, List<SweepRow> rows) {
    /** The file for people. */
    public static final String PAGE = "report.html";

    /**
     * Writes all files over those of an earlier report.
     *
     * @throws Failure OUTSIDE when that cannot be done
     */
    public void write(Path folder) {
        try {
            Files.createDirectories(folder);
            ResultFiles files = new ResultFiles(rows);
            files.writeCsv(folder.resolve("results.csv"));
            files.writeParquet(folder.resolve("results.parquet"));
            Document document = new Document("Sweep " + name);
            document.paragraph("Accuracy is the mean over the runs of a cell, ± their sample standard deviation; the"
                    + " interval of a single run and its comparison with the base are in results.csv. Freedom is the"
                    + " adapter's effective degrees of freedom: directions in which its numbers can move the modules.");
            for (PlotSpec spec : plots) figure(document, spec, folder);
            grids.forEach((grid, title) ->
                    document.heading(title).table(SummaryTable.of(Summary.of(grid, rows, replicates))));
            Files.writeString(folder.resolve(PAGE), document.html());
            Files.writeString(folder.resolve("report.md"), document.markdown());
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "report " + folder + ": cannot be written (" + e.getMessage() + ")", e);
        }
    }

    private void figure(Document document, PlotSpec spec, Path folder) throws IOException {
        Plot plot = SweepPlots.plot(spec, rows, grids);
        if (plot.empty()) return;
        PlotImage image = PlotImage.of(plot);
        String svg = image.svg();
        Files.writeString(folder.resolve(spec.name() + ".svg"), svg);
        Files.write(folder.resolve(spec.name() + ".png"), image.png());
        document.heading(spec.title()).figure(spec.title(), spec.name() + ".svg", svg);
    }
}
