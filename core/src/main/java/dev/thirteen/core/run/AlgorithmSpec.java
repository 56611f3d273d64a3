package dev.thirteen.core.run;

import dev.thirteen.core.grpo.Algorithm;
import dev.thirteen.core.grpo.KlEstimator;
import dev.thirteen.core.grpo.KlPenalty;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.core.grpo.OffPolicyWeight;
import dev.thirteen.core.grpo.OverlongPenalty;
import dev.thirteen.core.grpo.StepAdvantages;
import dev.thirteen.core.grpo.TruncatedSamples;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the samples of a step become a loss. Holds any value, as {@link RunSpec} does; null where the caller chose nothing.
 *
 * @param name of an {@link Algorithm}
 * @param updatesPerStep updates that are made of the samples of a step
 */
public record AlgorithmSpec(
        String name,
        double clipLow,
        double clipHigh,
        Algorithm.@Nullable Mean aggregation,
        Importance importance,
        Kl kl,
        double entropyBonus,
        Samples samples,
        int updatesPerStep) {

    /** Off-policy weight: see {@link OffPolicyWeight}; the floor is for MASKED alone. */
    public record Importance(@Nullable Kind kind, double cap, double floor) {
        /** Which weight. */
        public enum Kind {
            OFF,
            CAPPED,
            MASKED,
            UNCAPPED
        }
    }

    /** Coefficients of the KL against the reference, as k1 in the reward and by an estimator in the loss; 0 means none. */
    public record Kl(
            double inReward, double inLoss, @Nullable KlEstimator estimator) {
        public static final Kl NONE = new Kl(0, 0, KlEstimator.K3);
    }

    /**
     * What becomes of samples.
     *
     * @param dynamicSampling whether a group whose rewards are all equal is replaced
     * @param maxRefills times that a group is replaced for that reason
     * @param truncated what becomes of samples that were cut off
     * @param overlongBuffer tokens before the limit over which SHAPE takes reward away
     * @param overlongPenalty what SHAPE takes away at the limit
     */
    public record Samples(
            boolean dynamicSampling,
            int maxRefills,
            @Nullable TruncatedSamples truncated,
            int overlongBuffer,
            double overlongPenalty) {
        /** All are scored as they are. */
        public static final Samples PLAIN = new Samples(false, 0, TruncatedSamples.SCORE, 0, 0);
    }

    /** Whether completions are given, so that nothing is sampled. */
    public boolean supervised() {
        return name.equals(Algorithm.SFT.label());
    }

    /** Whether the loss or the reward needs log-probs of the reference. */
    public boolean needsReference() {
        return kl.inReward() > 0 || kl.inLoss() > 0;
    }

    /** From rewards to advantages, of a valid spec. */
    public StepAdvantages advantages() {
        return choices().advantages();
    }

    /** The objective of a valid spec whose samples have at most so many tokens. */
    public Objective objective(int maxTokens) {
        KlEstimator estimator = kl.estimator();
        if (aggregation == null || estimator == null) throw RunSpec.unchecked();
        Algorithm.Form form = choices().form();
        return new Objective(
                form.ratio(),
                form.surrogate(clipLow, clipHigh),
                aggregation.of(maxTokens),
                supervised() ? OffPolicyWeight.OFF : weight(),
                kl.inLoss() > 0 ? new KlPenalty(estimator, kl.inLoss()) : KlPenalty.NONE,
                entropyBonus);
    }

    /** What long samples lose, of a valid spec whose samples have at most so many tokens; empty where they lose nothing. */
    public Optional<OverlongPenalty> overlong(int maxTokens) {
        return samples.truncated() == TruncatedSamples.SHAPE
                ? Optional.of(new OverlongPenalty(maxTokens, samples.overlongBuffer(), samples.overlongPenalty()))
                : Optional.empty();
    }

    private OffPolicyWeight weight() {
        Importance.Kind kind = importance.kind();
        if (kind == null) throw RunSpec.unchecked();
        return switch (kind) {
            case OFF -> OffPolicyWeight.OFF;
            case CAPPED -> new OffPolicyWeight.Capped(importance.cap());
            case MASKED -> new OffPolicyWeight.Masked(importance.floor(), importance.cap());
            case UNCAPPED -> OffPolicyWeight.UNCAPPED;
        };
    }

    private Algorithm.Choices choices() {
        return Algorithm.named(name).orElseThrow(RunSpec::unchecked).choices();
    }
}
