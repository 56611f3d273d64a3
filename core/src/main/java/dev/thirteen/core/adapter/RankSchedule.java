package dev.thirteen.core.adapter;

/**
 * How many triplets AdaLoRA keeps after each step (arXiv 2303.10512, equation 12; PEFT's RankAllocator): all during the
 * warm-up, then fewer by a cubic law, and the target from {@code finalSteps} before the end on, where the choice is final.
 *
 * @param initialRank triplets a module at the start
 * @param targetRank triplets a module at the end, on average
 * @param warmupSteps t_i, steps that keep all
 * @param finalSteps t_f, steps after the last choice
 * @param interval Δ_T, steps from one choice to the next
 * @param steps T, steps of the run
 */
public record RankSchedule(
        int initialRank, int targetRank, long warmupSteps, long finalSteps, long interval, long steps) {
    /** What is done with the triplets after a step. */
    public sealed interface Choice {
        /** All stay as they are. */
        record None() implements Choice {}

        /** The most important ones stay; the others begin again at 0. */
        record Keep(int triplets) implements Choice {}

        /** What is 0 stays so. */
        record Final() implements Choice {}
    }

    /**
     * The choice after a step, counted from 1.
     *
     * @param modules adapted modules
     */
    public Choice after(long step, int modules) {
        long last = steps - finalSteps;
        if (step > last) return new Choice.Final();
        if (step == last) return new Choice.Keep(targetRank * modules);
        if (step <= warmupSteps || step % interval != 0) return new Choice.None();
        double left = 1 - (double) (step - warmupSteps) / (last - warmupSteps);
        int surplus = (initialRank - targetRank) * modules;
        return new Choice.Keep((int) (surplus * (left * left * left) + targetRank * modules));
    }

    /** Whether importance is still measured in a step, counted from 1. */
    public boolean measures(long step) {
        return step <= steps - finalSteps;
    }
}
