package dev.thirteen.trainer;

import dev.thirteen.core.training.TrainedState;
import dev.thirteen.proto.training.v1.StepMetrics;

/** What came of computing a step. */
sealed interface StepOutcome {
    /**
     * The optimizer after the step, and what the step measured as far as the computation knows; the optimizer as it was
     * when the metrics say why the step is skipped.
     */
    record Computed(TrainedState state, StepMetrics metrics) implements StepOutcome {}

    /** The step may not be committed. */
    record Unusable(String reason) implements StepOutcome {}
}
