package dev.thirteen.core.training;

import dev.thirteen.core.optim.AdamState;
import java.util.stream.Stream;

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

    /** Whether a run can go on from it: a moment that is not finite would hold its value still for good. */
    public boolean finite() {
        return Stream.of(adam.master(), adam.first(), adam.second(), averages.sensitivity(), averages.uncertainty())
                .allMatch(TrainedState::finite);
    }

    private static boolean finite(float[] values) {
        for (float value : values) if (!Float.isFinite(value)) return false;
        return true;
    }
}
