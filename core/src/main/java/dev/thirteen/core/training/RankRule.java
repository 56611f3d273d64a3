package dev.thirteen.core.training;

import dev.thirteen.core.adapter.AdaLora;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.RankSchedule;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.optim.AdamW;
import dev.thirteen.core.training.TrainedState.Averages;
import java.util.Arrays;
import java.util.List;

/**
 * AdaLoRA (arXiv 2303.10512, algorithm 1) as PEFT computes it: AdamW on the gradient with the orthogonality term's; then the
 * importance of every value from what AdamW saw, and the triplets that the schedule leaves.
 */
record RankRule(AdamW optimizer, AdaLora family, RankSchedule schedule, FamilySpec.Importance importance)
        implements UpdateRule {
    @Override
    public TrainedState next(TrainedState state, double[] gradient, long step) {
        double[] whole = gradient.clone();
        new Orthogonality(family.triplets(), importance.orthogonality())
                .addGradient(state.adam().master(), whole);
        AdamState moved = optimizer.next(state.adam(), whole);
        Averages averages = schedule.measures(step + 1)
                ? averages(state.averages(), moved.master(), optimizer.clipped(whole))
                : state.averages();
        float[] master = moved.master().clone();
        List<AdaLora.Triplets> triplets = family.triplets();
        switch (schedule.after(step + 1, triplets.size())) {
            case RankSchedule.Choice.None() -> {}
            case RankSchedule.Choice.Keep(int most) -> prune(master, triplets, averages, most);
            case RankSchedule.Choice.Final() -> keepZeros(master, state.adam().master());
        }
        return new TrainedState(new AdamState(master, moved.first(), moved.second(), moved.step()), averages);
    }

    /** Equations 8 to 10; a float is rounded as PEFT's tensors are. */
    private Averages averages(Averages before, float[] values, double[] gradient) {
        int length = values.length;
        float[] sensitivity = Arrays.copyOf(before.sensitivity(), length);
        float[] uncertainty = Arrays.copyOf(before.uncertainty(), length);
        double first = importance.sensitivityDecay();
        double second = importance.uncertaintyDecay();
        for (int i = 0; i < length; i++) {
            double now = Math.abs(values[i] * gradient[i]);
            sensitivity[i] = (float) (first * sensitivity[i] + (1 - first) * now);
            uncertainty[i] = (float) (second * uncertainty[i] + (1 - second) * Math.abs(now - sensitivity[i]));
        }
        return new Averages(sensitivity, uncertainty);
    }

    /** Sets E of all but the most important triplets to 0. */
    private static void prune(float[] master, List<AdaLora.Triplets> triplets, Averages averages, int most) {
        int all = triplets.stream().mapToInt(one -> one.shape().rank()).sum();
        if (most >= all) return;
        double[] scores = new double[all];
        int at = 0;
        for (AdaLora.Triplets one : triplets) {
            for (int k = 0; k < one.shape().rank(); k++) scores[at++] = score(one, k, averages);
        }
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double threshold = sorted[all - most - 1];
        at = 0;
        for (AdaLora.Triplets one : triplets) {
            for (int k = 0; k < one.shape().rank(); k++) if (scores[at++] <= threshold) master[one.e() + k] = 0;
        }
    }

    /** Equation 7: that of E, and the means of those of A's row and B's column. */
    private static double score(AdaLora.Triplets one, int k, Averages averages) {
        int in = one.shape().in();
        int out = one.shape().out();
        int rank = one.shape().rank();
        double a = 0;
        for (int i = 0; i < in; i++) a += product(averages, one.a() + k * in + i);
        double b = 0;
        for (int o = 0; o < out; o++) b += product(averages, one.b() + o * rank + k);
        return product(averages, one.e() + k) + a / in + b / out;
    }

    private static double product(Averages averages, int at) {
        return (double) averages.sensitivity()[at] * averages.uncertainty()[at];
    }

    private void keepZeros(float[] master, float[] before) {
        for (AdaLora.Triplets one : family.triplets()) {
            for (int e = one.e(); e < one.e() + one.shape().rank(); e++) if (before[e] == 0) master[e] = 0;
        }
    }
}
