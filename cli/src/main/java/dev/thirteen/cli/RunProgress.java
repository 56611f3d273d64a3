package dev.thirteen.cli;

import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Shows a run as it goes: on a terminal one line that is written over, elsewhere one line a step. Used by one thread.
 */
public final class RunProgress implements AutoCloseable {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final String CLEAR_LINE = "\r\u001b[2K";
    private static final Pattern COUNT = Pattern.compile("\\d+");
    private static final Duration LOG_PACE = Duration.ofSeconds(5);

    private final PrintWriter out;
    private final boolean terminal;
    private long lastCommitNanos;
    private String lastActivity = "";
    private long lastActivityNanos;
    private boolean lineOpen;

    /** @param terminal whether out is a terminal that can write over its line */
    public RunProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Shows the next message of WatchRun. */
    public void show(WatchRunResponse update) {
        Run run = update.getRun();
        if (update.hasStep()) {
            line(step(run, update.getStep()), false);
            lastCommitNanos = update.getStep().getCommittedUnixNano();
            // Where the run stands is news only behind its last step.
            if (update.getStep().getPolicyVersion().getStep() < run.getState().getStep()) return;
        }
        String activity = activity(run);
        if (activity.isEmpty() || activity.equals(lastActivity) || tooSoon(activity)) return;
        line(activity, !isRunning(run));
        lastActivity = activity;
        lastActivityNanos = System.nanoTime();
    }

    /** A log is no place for every count of one activity. */
    private boolean tooSoon(String activity) {
        boolean sameButForCounts = COUNT.matcher(activity)
                .replaceAll("")
                .equals(COUNT.matcher(lastActivity).replaceAll(""));
        return !terminal && sameButForCounts && System.nanoTime() - lastActivityNanos < LOG_PACE.toNanos();
    }

    /** Whether nothing more will come by itself: the run has ended. */
    public static boolean ended(RunPhase phase) {
        return switch (phase) {
            case RUN_PHASE_FINISHED, RUN_PHASE_CANCELLED, RUN_PHASE_FAILED -> true;
            default -> false;
        };
    }

    /** The phase as a person reads it: {@code running}. */
    public static String words(RunPhase phase) {
        return phase.name().substring("RUN_PHASE_".length()).toLowerCase(Locale.ROOT);
    }

    /** Ends the open line. */
    @Override
    public void close() {
        if (lineOpen) out.println();
        out.flush();
        lineOpen = false;
    }

    /** A step that judges nothing. */
    private static String learnt(RunState state, StepRecord record) {
        return String.format(
                Locale.ROOT,
                "step %d/%d  loss %.4f  %d tokens",
                record.getPolicyVersion().getStep(),
                state.getSpec().getSteps(),
                record.getMetrics().getLoss(),
                record.getMetrics().getCompletionTokens());
    }

    private String step(Run run, StepRecord record) {
        StepMetrics metrics = record.getMetrics();
        RunState state = run.getState();
        if (state.getSpec().getAlgorithm().getName().equals("sft")) return learnt(state, record);
        String text = String.format(
                Locale.ROOT,
                "step %d/%d  reward %.3f  accuracy %.3f  staleness %.1f",
                record.getPolicyVersion().getStep(),
                state.getSpec().getSteps(),
                metrics.getRewardMean(),
                metrics.getAccuracy(),
                metrics.getStalenessMean());
        double pace = tokensPerSecond(record);
        if (pace > 0) text += String.format(Locale.ROOT, "  %,.0f tokens/s", pace);
        if (run.getEtaSeconds() > 0) text += "  " + time(run.getEtaSeconds()) + " left";
        return text;
    }

    private double tokensPerSecond(StepRecord record) {
        // Steps overlap when rollouts run ahead, so the time between commits is the pace; the first has only its own.
        long nanos = lastCommitNanos == 0 ? 0 : record.getCommittedUnixNano() - lastCommitNanos;
        double seconds =
                nanos > 0 ? nanos / NANOS_PER_SECOND : record.getMetrics().getStepMs() / 1e3;
        return seconds > 0 ? record.getMetrics().getCompletionTokens() / seconds : 0;
    }

    private static String activity(Run run) {
        RunState state = run.getState();
        String reason = state.getReason().isEmpty() ? "" : ": " + state.getReason();
        return switch (state.getPhase()) {
            case RUN_PHASE_PREPARING -> run.getActivity().isEmpty() ? "" : "preparing: " + run.getActivity();
            case RUN_PHASE_PAUSED, RUN_PHASE_CANCELLED, RUN_PHASE_FAILED, RUN_PHASE_FINISHED ->
                words(state.getPhase()) + " after step " + state.getStep() + reason;
            default -> "";
        };
    }

    private static boolean isRunning(Run run) {
        return run.getState().getPhase() == RunPhase.RUN_PHASE_RUNNING
                || run.getState().getPhase() == RunPhase.RUN_PHASE_PREPARING;
    }

    private void line(String text, boolean onItsOwn) {
        if (!terminal) {
            out.println(text);
        } else if (onItsOwn) {
            close();
            out.println(text);
        } else {
            out.print(CLEAR_LINE + text);
            lineOpen = true;
        }
        out.flush();
    }

    /** Seconds as a person reads them: {@code 1:05}, {@code 2:00:00}. */
    static String time(double seconds) {
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}
