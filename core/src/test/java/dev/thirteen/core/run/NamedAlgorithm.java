package dev.thirteen.core.run;

import dev.thirteen.core.grpo.Algorithm;
import dev.thirteen.core.run.AlgorithmSpec.Importance;

/** An algorithm as a run has it that gives nothing but the name: the weight is capped at 2 there. */
public final class NamedAlgorithm {
    public static AlgorithmSpec of(Algorithm named) {
        Algorithm.Choices choices = named.choices();
        return new AlgorithmSpec(
                named.label(),
                choices.clipLow(),
                choices.clipHigh(),
                choices.mean(),
                new Importance(Importance.Kind.CAPPED, 2, 0),
                new AlgorithmSpec.Kl(
                        choices.klInReward(),
                        choices.klInLoss().coefficient(),
                        choices.klInLoss().estimator()),
                0,
                new AlgorithmSpec.Samples(choices.dynamicSampling(), 10, choices.truncated(), 8, 1),
                1);
    }

    private NamedAlgorithm() {}
}
