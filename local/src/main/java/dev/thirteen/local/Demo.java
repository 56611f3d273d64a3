package dev.thirteen.local;

import dev.thirteen.cli.EvaluationTable;
import dev.thirteen.cli.RunFile;
import dev.thirteen.cli.RunProgress;
import dev.thirteen.cli.RunSubmission;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** The whole loop once, on the bundled model: train 13 numbers, show what they gained. */
final class Demo {
    private final Checkout checkout;
    private final PrintWriter out;
    private final Consumer<String> tell;
    private long startedNanos = System.nanoTime();
    private long finishedSeconds = -1;
    private Run run = Run.getDefaultInstance();
    private Evaluation evaluation = Evaluation.getDefaultInstance();

    Demo(Checkout checkout, PrintWriter out, Consumer<String> tell) {
        this.checkout = checkout;
        this.out = out;
        this.tell = tell;
    }

    /** Runs the demo; returns the exit status. The last line on standard output is for machines, whatever happens. */
    int run() {
        String problem;
        try {
            demonstrate();
            problem = line().shortcoming().orElse("");
        } catch (Failure e) {
            problem = String.valueOf(e.getMessage());
        } catch (StatusRuntimeException e) {
            problem = "a service answered " + e.getStatus().getCode() + ": "
                    + e.getStatus().getDescription();
        }
        if (!problem.isEmpty()) tell.accept("the demo failed: " + problem);
        out.println(line().text());
        out.flush();
        return problem.isEmpty() ? 0 : 1;
    }

    private DemoLine line() {
        return DemoLine.of(run, evaluation, secondsSoFar());
    }

    private long secondsSoFar() {
        if (finishedSeconds >= 0) return finishedSeconds;
        return Math.round((System.nanoTime() - startedNanos) / 1e9);
    }

    private void demonstrate() {
        RunFile file = RunFile.read(checkout.home().resolve("examples/tiny-arithmetic.yaml"));
        Path state = checkout.folder().resolve("demo");
        try (Checkout.Claim claim = checkout.claim(tell)) {
            Checkout.delete(state);
            startedNanos = System.nanoTime();
            var settings = new LocalSystem.Settings(checkout.home(), state, Map.of());
            try (LocalSystem system = LocalSystem.start(
                    settings, ChildProcess.Life.TETHERED, tell, started -> checkout.keep(state, started))) {
                tell.accept("ready after %d s; logs are in %s".formatted(secondsSoFar(), state.resolve("logs")));
                trainAndEvaluate(system, file);
            } finally {
                checkout.forget();
            }
        }
    }

    private void trainAndEvaluate(LocalSystem system, RunFile file) {
        try (DemoClient client = new DemoClient(system.endpoints())) {
            run = new RunSubmission(client.trainer(), tell).create(file);
            train(client);
            evaluation = client.start(run);
            client.watch(evaluation.getId(), this::progress);
            finishedSeconds = secondsSoFar();
            if (terminal()) out.print(DemoText.CLEAR_LINE);
            Adapter adapter = run.getState().getAdapter();
            out.print(DemoText.result(EvaluationTable.render(evaluation), run, adapter, finishedSeconds));
            out.flush();
        }
    }

    private void train(DemoClient client) {
        try (RunProgress progress = new RunProgress(out, terminal())) {
            client.watch(run.getName(), update -> {
                boolean prepared = run.getTrainedNumbers() > 0;
                run = update.getRun();
                if (!prepared && run.getTrainedNumbers() > 0) introduce(progress);
                progress.show(update);
                return RunProgress.ended(run.getState().getPhase())
                        || run.getState().getPhase() == RunPhase.RUN_PHASE_PAUSED;
            });
        }
        if (run.getState().getPhase() == RunPhase.RUN_PHASE_FINISHED) return;
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "the run is %s after step %d: %s"
                        .formatted(
                                RunProgress.words(run.getState().getPhase()),
                                run.getState().getStep(),
                                run.getState().getReason()));
    }

    /** How many numbers are trained is known once the base model is loaded. */
    private void introduce(RunProgress progress) {
        progress.close();
        out.print(DemoText.introduction(run));
        out.flush();
    }

    private void progress(Evaluation update) {
        evaluation = update;
        if (!terminal()) return;
        out.printf(
                "%sevaluating: %d of %d answers",
                DemoText.CLEAR_LINE, update.getAnswersDone(), update.getAnswersTotal());
        out.flush();
    }

    private static boolean terminal() {
        return System.console() != null && System.console().isTerminal();
    }
}
