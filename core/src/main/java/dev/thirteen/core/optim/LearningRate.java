package dev.thirteen.core.optim;

/**
 * Learning rate of each step: a linear warm-up to the peak, which step {@code warmupSteps} reaches, then a decay to the final
 * rate, which the last step comes close to. transformers' schedules begin at 0 and so are one step later in the warm-up.
 *
 * @param peak η after the warm-up
 * @param warmupSteps steps of the warm-up; 0 means none
 * @param decay how the rate falls afterwards
 * @param last rate that the decay goes to; no matter without decay
 * @param steps steps of the run
 */
public record LearningRate(double peak, long warmupSteps, Decay decay, double last, long steps) {
    /** How a learning rate falls. */
    public enum Decay {
        CONSTANT,
        LINEAR,
        COSINE
    }

    public LearningRate {
        if (!(peak >= 0 && last >= 0 && warmupSteps >= 0 && steps >= 1)) {
            throw new IllegalArgumentException(
                    "learning rate %s to %s, %d of %d steps".formatted(peak, last, warmupSteps, steps));
        }
    }

    /** The rate of a step, counted from 0. */
    public double at(long step) {
        if (step < warmupSteps) return peak * (step + 1) / warmupSteps;
        if (decay == Decay.CONSTANT || steps == warmupSteps) return peak;
        double progress = (double) (step - warmupSteps) / (steps - warmupSteps);
        double share = decay == Decay.LINEAR ? 1 - progress : (1 + StrictMath.cos(StrictMath.PI * progress)) / 2;
        return last + (peak - last) * share;
    }
}
