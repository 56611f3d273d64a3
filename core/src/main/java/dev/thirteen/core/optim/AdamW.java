package dev.thirteen.core.optim;

/**
 * Adam with decoupled weight decay (arXiv 1711.05101, algorithm 2), as torch.optim.AdamW computes it: bias correction, and
 * epsilon outside the root. Arithmetic is in double; the state is rounded to float after each update; {@link
 * StrictMath} gives the same bits on every machine.
 *
 * @param learningRate η
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 * @param weightDecay λ; the values shrink by ηλ before each update
 * @param maxGradNorm largest Euclidean norm of the gradient; 0 means no clipping
 */
public record AdamW(
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, double maxGradNorm) {
    // As torch.nn.utils.clip_grad_norm_ does it.
    private static final double CLIP_EPSILON = 1e-6;

    public AdamW {
        require("learning-rate", learningRate, learningRate >= 0);
        require("beta1", beta1, beta1 >= 0 && beta1 < 1);
        require("beta2", beta2, beta2 >= 0 && beta2 < 1);
        require("epsilon", epsilon, epsilon > 0);
        require("weight-decay", weightDecay, weightDecay >= 0);
        require("max-grad-norm", maxGradNorm, maxGradNorm >= 0);
    }

    /**
     * The state after one update.
     *
     * @throws IllegalArgumentException for a gradient of another length, or one that is not finite
     */
    public AdamState next(AdamState state, double[] gradient) {
        int length = state.master().length;
        double norm = norm(gradient);
        if (gradient.length != length) {
            throw new IllegalArgumentException("%d values, gradient of %d".formatted(length, gradient.length));
        }
        if (!Double.isFinite(norm)) throw new IllegalArgumentException("the gradient is not finite");
        double clip = clip(norm);
        long step = state.step() + 1;
        double firstCorrection = 1 - StrictMath.pow(beta1, step);
        double secondCorrection = Math.sqrt(1 - StrictMath.pow(beta2, step));
        float[] master = new float[length];
        float[] first = new float[length];
        float[] second = new float[length];
        for (int i = 0; i < length; i++) {
            double slope = gradient[i] * clip;
            double mean = beta1 * state.first()[i] + (1 - beta1) * slope;
            double square = beta2 * state.second()[i] + (1 - beta2) * slope * slope;
            double decayed = state.master()[i] * (1 - learningRate * weightDecay);
            double denominator = Math.sqrt(square) / secondCorrection + epsilon;
            master[i] = (float) (decayed - learningRate / firstCorrection * mean / denominator);
            first[i] = (float) mean;
            second[i] = (float) square;
        }
        return new AdamState(master, first, second, step);
    }

    /** The gradient as an update sees it. */
    public double[] clipped(double[] gradient) {
        double clip = clip(norm(gradient));
        double[] clipped = gradient.clone();
        for (int i = 0; i < clipped.length; i++) clipped[i] *= clip;
        return clipped;
    }

    private double clip(double norm) {
        return maxGradNorm == 0 ? 1 : Math.min(1, maxGradNorm / (norm + CLIP_EPSILON));
    }

    /** Euclidean norm. */
    public static double norm(double[] gradient) {
        double squares = 0;
        for (double slope : gradient) squares += slope * slope;
        return Math.sqrt(squares);
    }

    private static void require(String name, double value, boolean holds) {
        if (!holds || !Double.isFinite(value)) throw new IllegalArgumentException(name + " is out of range: " + value);
    }
}
