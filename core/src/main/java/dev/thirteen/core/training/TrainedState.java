package dev.thirteen.core.training;

import dev.thirteen.core.optim.AdamState;

/**
 * All that a step changes.
 *
 * @param averages AdaLoRA's; empty for other families
 */
public record TrainedState(AdamState adam, Averages averages) {
    /**
     * Running averages of AdaLoRA's importance, one number a value, or none. Not copied and not to be changed.
     *
     * @param sensitivity of |value · gradient|
     * @param uncertainty of its distance from its average
     */
    public record Averages(float[] sensitivity, float[] uncertainty) {
        /** Nothing was measured. */
        public static final Averages NONE = new Averages(new float[0], new float[0]);
    }

    public TrainedState(AdamState adam) {
        this(adam, Averages.NONE);
    }
}
