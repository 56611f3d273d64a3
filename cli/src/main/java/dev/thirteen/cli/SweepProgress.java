package dev.thirteen.cli;

import dev.thirteen.cli.sweep.SweepRow;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Shows how far a sweep is: on a terminal one line that is written over, elsewhere a line now and then. */
final class SweepProgress implements AutoCloseable {
    private static final Duration LOG_PACE = Duration.ofSeconds(15);
    private static final String CLEAR_LINE = "\r\u001b[2K";
    private static final int BAR = 24;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Output output;
    private final LongSupplier nanos;
    private final BooleanSupplier still;
    private final long started;
    private long shown;
    private long firstSteps = -1;
    private String last = "";

    /**
     * Shows nothing yet.
     *
     * @param nanos of a clock that only goes forward
     * @param still whether nothing moves: then nobody knows how long it takes
     */
    SweepProgress(Output output, LongSupplier nanos, BooleanSupplier still) {
        this.output = output;
        this.nanos = nanos;
        this.still = still;
        this.started = nanos.getAsLong();
        this.shown = started - LOG_PACE.toNanos();
    }

    void show(SweepState state) {
        List<SweepRow> rows = state.rows();
        long done = rows.stream().mapToLong(row -> row.training().step()).sum();
        long total = rows.stream().mapToLong(row -> row.training().steps()).sum();
        if (firstSteps < 0) firstSteps = done;
        String line = line(state, rows, done, total);
        if (output.terminal()) {
            output.text(CLEAR_LINE + line);
        } else if (!line.equals(last) && nanos.getAsLong() - shown >= LOG_PACE.toNanos()) {
            output.note(line);
            shown = nanos.getAsLong();
        }
        last = line;
    }

    /** {@code [####----]  120 of 640 steps  3 of 16 runs finished, 8 train, 2 evaluated  1:20, about 5:00 left}. */
    private String line(SweepState state, List<SweepRow> rows, long done, long total) {
        int full = total == 0 ? BAR : (int) (BAR * done / total);
        String bar = output.terminal() ? "[" + "#".repeat(full) + "-".repeat(BAR - full) + "]  " : "";
        double seconds = (nanos.getAsLong() - started) / NANOS_PER_SECOND;
        double pace = (done - firstSteps) / seconds;
        boolean known = pace > 0 && done < total && !still.getAsBoolean();
        String left = known ? ", about " + RunProgress.time((total - done) / pace) + " left" : "";
        return bar
                + String.format(
                        Locale.ROOT,
                        "%d of %d steps  %d of %d runs finished, %d train, %d evaluated  %s%s",
                        done,
                        total,
                        rows.stream()
                                .filter(row -> row.phase().equals("finished"))
                                .count(),
                        rows.size(),
                        state.active(),
                        rows.stream().filter(row -> row.found().isPresent()).count(),
                        RunProgress.time(seconds),
                        left);
    }

    /** Ends the open line. */
    @Override
    public void close() {
        if (output.terminal()) output.line("");
    }
}
