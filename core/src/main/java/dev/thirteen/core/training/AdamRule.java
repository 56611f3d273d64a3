package dev.thirteen.core.training;

import dev.thirteen.core.optim.AdamW;

/** AdamW on all values alike. */
record AdamRule(AdamW optimizer) implements UpdateRule {
    @Override
    public TrainedState next(TrainedState state, double[] gradient, long step) {
        return new TrainedState(optimizer.next(state.adam(), gradient));
    }
}
