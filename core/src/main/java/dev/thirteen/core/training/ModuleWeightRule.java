package dev.thirteen.core.training;

import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.optim.AdamW;
import java.util.Arrays;

/**
 * WeightLoRA (arXiv 2506.02724, algorithm 1): AdamW on A and B; a plain gradient step on the ω, of which the K largest by
 * value are kept and the others become 0. Those that are equal to the K-th are kept too: before anything has moved, all are.
 *
 * @param weights indexes of the ω
 * @param rate their learning rate
 * @param kept K
 */
record ModuleWeightRule(AdamW optimizer, int[] weights, double rate, int kept) implements UpdateRule {
    @Override
    public TrainedState next(TrainedState state, double[] gradient, long step) {
        double[] others = gradient.clone();
        for (int weight : weights) others[weight] = 0;
        AdamState moved = optimizer.next(state.adam(), others);
        float[] master = moved.master().clone();
        for (int weight : weights) {
            master[weight] = (float) (state.adam().master()[weight] - rate * gradient[weight]);
        }
        keepLargest(master);
        return new TrainedState(new AdamState(master, moved.first(), moved.second(), moved.step()));
    }

    private void keepLargest(float[] master) {
        if (kept >= weights.length) return;
        float[] sorted = new float[weights.length];
        for (int i = 0; i < weights.length; i++) sorted[i] = master[weights[i]];
        Arrays.sort(sorted);
        float least = sorted[sorted.length - kept];
        for (int weight : weights) if (master[weight] < least) master[weight] = 0;
    }
}
