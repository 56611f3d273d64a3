package dev.thirteen.cli;

import dev.thirteen.cli.report.ReportFolder;
import dev.thirteen.cli.sweep.Summary;
import dev.thirteen.cli.sweep.SummaryTable;
import dev.thirteen.cli.sweep.SweepReport;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.RunSpec;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code thirteen sweep}. */
@Command(
        name = "sweep",
        description = {
            "Train a grid of runs side by side, evaluate each at its end, and report.",
            "Whatever was killed meanwhile, the same command goes on: what is there is followed, not started again."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen sweep -f examples/sweeps/learning-rate.yaml --check",
            "  bin/thirteen sweep -f examples/sweeps/learning-rate.yaml --report reports/learning-rate",
            "  bin/thirteen sweep -f examples/sweeps/learning-rate.yaml --show"
        })
final class SweepCommand implements Callable<Integer> {
    private static final long PAUSE_MILLIS = 1000;
    /** Troubles that are told one by one at the end. */
    private static final int MOST_TOLD = 10;

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "Sweep file (YAML, see docs/sweeps.md).")
    private Path file = Path.of("");

    @Option(names = "--check", description = "Print what would be run, checked by the server, and create nothing.")
    private boolean check;

    @Option(names = "--show", description = "Show what is known now, and start nothing.")
    private boolean show;

    @Option(
            names = "--resume",
            description =
                    "Go on with its runs that are paused, and try failed ones again, each once; they stay as they are"
                            + " otherwise.")
    private boolean resume;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description =
                    "Write results.csv, results.parquet, the figures, report.md and report.html into this folder.")
    private @Nullable Path report;

    private final Session session;

    SweepCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        SweepFile sweep = SweepFile.read(file);
        List<SweepCell> cells = SweepCell.of(sweep);
        if (report != null) ReportFolder.requireUsable(report);
        return session.with(services -> {
            SweepServices system = new SweepServices(services, check ? this::tellMissing : _ -> {});
            SweepState.Task task = task(sweep, cells);
            if (show) {
                SweepState state = new SweepState(task, system.runs(), system.evaluations(sweep.name()));
                return told(sweep, state);
            }
            session.output().text(SweepPlanText.of(sweep, cells, SweepRunner.checked(system, cells)));
            if (check) return CallFailure.OK;
            system.upload(sweep.questions().blobs());
            return told(sweep, followed(services, system, task, sweep.name()));
        });
    }

    private void tellMissing(DataSetBlob blob) {
        session.output().note(RunSubmission.unchecked(blob, "the first run that needs it is created"));
    }

    private SweepState followed(Services services, SweepSystem system, SweepState.Task task, String suite) {
        Consumer<String> notes = note -> session.output().note("thirteen: " + note);
        try (Watch watch = session.watch(services, Endpoints.Service.ROLLOUT, Endpoints.Service.REWARD);
                SweepProgress progress = new SweepProgress(session.output(), System::nanoTime, watch::still)) {
            return new SweepRunner(system, task, suite, new Wall(), notes).run(state -> {
                watch.at(state.mark(), state.standing());
                progress.show(state);
            });
        }
    }

    private SweepState.Task task(SweepFile sweep, List<SweepCell> cells) {
        // What has no effect in it may have one in a cell.
        RunFile run = RunFile.of(sweep.run(), YamlFile.map(sweep.run()));
        RunSpec pattern = run.spec();
        SweepQuestions questions = sweep.questions();
        questions.check(run);
        return new SweepState.Task(
                cells,
                sweep.atOnce(),
                questions.adaptersAtOnce(),
                resume,
                base -> questions.spec(pattern, base, sweep.name()));
    }

    private int told(SweepFile sweep, SweepState state) {
        Map<String, String> titles = new LinkedHashMap<>();
        sweep.grids().forEach(grid -> titles.put(grid.name(), grid.title()));
        titles.forEach((grid, title) -> session.output()
                .text("\n" + title + "\n"
                        + TextTable.render(SummaryTable.of(Summary.of(grid, state.rows(), sweep.replicates())))));
        if (report != null) {
            new SweepReport(sweep.name(), titles, new LinkedHashSet<>(sweep.replicates()), sweep.plots(), state.rows())
                    .write(report);
            session.output().note("wrote " + report.resolve(SweepReport.PAGE));
        }
        tellTroubles(state);
        return show || state.troubles().isEmpty() ? CallFailure.OK : CallFailure.FAILED;
    }

    private void tellTroubles(SweepState state) {
        List<String> troubles = state.troubles();
        int told = show ? troubles.size() : Math.min(troubles.size(), MOST_TOLD);
        troubles.subList(0, told).forEach(trouble -> session.output().note("thirteen: " + trouble));
        if (told < troubles.size()) {
            session.output().note("thirteen: and %d more, which --show names".formatted(troubles.size() - told));
        }
        if (!state.stopped().isEmpty()) {
            session.output()
                    .note("thirteen: the same command with --resume goes on with %d runs that are paused or failed"
                            .formatted(state.stopped().size()));
        }
    }

    /** The time of this machine. */
    private static final class Wall implements SweepRunner.Clock {
        @Override
        public Instant instant() {
            return Instant.now();
        }

        @Override
        public void pause() {
            try {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure(Failure.Kind.OUTSIDE, "interrupted", e);
            }
        }
    }
}
