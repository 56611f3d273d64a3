package dev.thirteen.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

/** Rounds of two sides in turns, so that what slows the machine down slows down both. */
record Rounds(double[] ours, double[] peer) {
    /** Share of a processor that the waiting side may use before somebody is told. */
    private static final double IDLE = 0.05;

    static Rounds alternate(int count, Side ours, Peer peer) {
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        Rounds rounds = new Rounds(new double[count], new double[count]);
        for (int i = 0; i < count; i++) {
            int number = i;
            rounds.ours[i] = watched("the peer", peer::cpuNanos, () -> ours.round(number));
            rounds.peer[i] = watched("ours", process::getProcessCpuTime, () -> peer.round(number));
            Progress.say(String.format(
                    Locale.ROOT, "round %d of %d: ours %.2f peer %.2f", i + 1, count, rounds.ours[i], rounds.peer[i]));
        }
        return rounds;
    }

    static double[] alone(int count, Side side) {
        return alone("ours", count, side);
    }

    static double[] alone(String whose, int count, Side side) {
        double[] figures = new double[count];
        for (int i = 0; i < count; i++) figures[i] = side.round(i);
        Progress.say("rounds of " + whose + ": " + Arrays.toString(figures));
        return figures;
    }

    private interface Clock {
        long nanos();
    }

    private interface Work {
        double figure();
    }

    private static double watched(String waiting, Clock used, Work work) {
        long before = used.nanos();
        long start = System.nanoTime();
        double figure = work.figure();
        double share = (used.nanos() - before) / (double) (System.nanoTime() - start);
        if (share > IDLE)
            Progress.say(String.format(
                    Locale.ROOT, "while it waited, %s used %.0f %% of a processor", waiting, 100 * share));
        return figure;
    }
}
