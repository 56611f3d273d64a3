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
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The whole loop once, on the bundled model: train 13 numbers, show what they gained. */
final class Demo {
    /** Exit status of a demo that failed and has said so in its last line; {@code bin/system} makes 1 of it. */
    static final int FAILED = 3;

    private static final Duration NOTICE_LIMIT = Duration.ofSeconds(1);

    private final Checkout checkout;
    private final PrintWriter out;
    private final Consumer<String> tell;
    private long startedNanos = System.nanoTime();
    private volatile long finishedSeconds = -1;
    private volatile Run run = Run.getDefaultInstance();
    private volatile Evaluation evaluation = Evaluation.getDefaultInstance();
    private @Nullable LocalSystem system;
    private boolean concluded;

    Demo(Checkout checkout, PrintWriter out, Consumer<String> tell) {
        this.checkout = checkout;
        this.out = out;
        this.tell = tell;
    }

    /** Runs the demo; returns the exit status. The last line on standard output is for machines, whatever happens. */
    int run() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::cutShort, "cut-short"));
        String problem = attempt();
        return conclude(problem.isEmpty() ? "" : "the demo failed: " + problem);
    }

    private String attempt() {
        try {
            demonstrate();
            return line().shortcoming().orElse("");
        } catch (Failure e) {
            return String.valueOf(e.getMessage());
        } catch (StatusRuntimeException e) {
            return "a service answered " + e.getStatus().getCode() + ": "
                    + e.getStatus().getDescription();
        } catch (RuntimeException | Error e) {
            // Whatever it is, the last line must be said; where it comes from is for who mends it.
            e.printStackTrace();
            return "unexpected failure: " + e;
        }
    }

    private synchronized int conclude(String problem) {
        if (concluded) return FAILED;
        concluded = true;
        if (!problem.isEmpty()) tell.accept(problem);
        out.println(line().text());
        out.flush();
        return problem.isEmpty() ? 0 : FAILED;
    }

    /** After Ctrl-C. In the end of its own accord all has been said, and nothing runs. */
    private synchronized void cutShort() {
        if (concluded) return;
        if (system != null) {
            system.kill();
            checkout.forget();
        }
        if (terminal()) {
            out.println();
            out.flush();
        }
        conclude("the demo was interrupted; nothing of it is left running");
        Runtime.getRuntime().halt(FAILED);
    }

    /** What is not known here could not be ended after Ctrl-C. */
    private synchronized void keep(LocalSystem started) {
        if (concluded) return;
        system = started;
        checkout.keep(started);
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
            try (LocalSystem started = LocalSystem.start(settings, tell, this::keep)) {
                tell.accept("ready after %d s; logs are in %s".formatted(secondsSoFar(), state.resolve("logs")));
                watched(started, client -> trainAndEvaluate(client, file));
            } finally {
                checkout.forget();
            }
        }
    }

    /** Works with the services for as long as all of them live. */
    private static void watched(LocalSystem system, Consumer<DemoClient> work) {
        CompletableFuture<Failure> death = system.death();
        try (DemoClient client = new DemoClient(system.endpoints())) {
            // Who waits for an answer stops waiting.
            death.thenRun(client::close);
            work.accept(client);
        } catch (Failure | StatusRuntimeException e) {
            // A broken connection is noticed before the end of the process at its other end.
            boolean died = Deadline.await(NOTICE_LIMIT, death::isDone);
            // To stop in good order, the services would wait for what has ended.
            system.kill();
            if (died) throw death.join();
            throw e;
        }
    }

    private void trainAndEvaluate(DemoClient client, RunFile file) {
        run = new RunSubmission(client.trainer(), tell).create(file);
        train(client);
        evaluation = client.start(run);
        try {
            client.watch(evaluation.getId(), this::progress);
        } finally {
            if (terminal()) out.print(DemoText.CLEAR_LINE);
        }
        finishedSeconds = secondsSoFar();
        Adapter adapter = run.getState().getAdapter();
        out.print(DemoText.result(EvaluationTable.render(evaluation), run, adapter, finishedSeconds));
        out.flush();
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
                Locale.ROOT,
                "%sevaluating: %d of %d answers",
                DemoText.CLEAR_LINE,
                update.getAnswersDone(),
                update.getAnswersTotal());
        out.flush();
    }

    private static boolean terminal() {
        return System.console() != null && System.console().isTerminal();
    }
}
