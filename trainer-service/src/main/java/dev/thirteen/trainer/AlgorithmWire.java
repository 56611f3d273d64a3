package dev.thirteen.trainer;

import dev.thirteen.core.grpo.Algorithm.Mean;
import dev.thirteen.core.grpo.KlEstimator;
import dev.thirteen.core.grpo.TruncatedSamples;
import dev.thirteen.core.run.AlgorithmSpec;
import dev.thirteen.core.run.AlgorithmSpec.Importance;
import dev.thirteen.proto.training.v1.Algorithm;
import org.jspecify.annotations.Nullable;

/** Algorithms from proto to core. Fields that older clients do not know mean what those clients got. */
final class AlgorithmWire {
    private AlgorithmWire() {}

    static AlgorithmSpec spec(Algorithm wire) {
        return new AlgorithmSpec(
                wire.getName(),
                wire.getClipLow(),
                wire.getClipHigh(),
                mean(wire),
                new Importance(weight(wire), wire.getImportanceCap(), wire.getImportanceFloor()),
                new AlgorithmSpec.Kl(wire.getKlInReward(), wire.getKlInLoss(), estimator(wire)),
                wire.getEntropyBonus(),
                new AlgorithmSpec.Samples(
                        wire.getDynamicSampling(),
                        wire.getMaxRefills(),
                        truncated(wire),
                        wire.getOverlongBuffer(),
                        wire.getOverlongPenalty()),
                wire.getUpdatesPerStep() == 0 ? 1 : wire.getUpdatesPerStep());
    }

    private static @Nullable Mean mean(Algorithm wire) {
        return switch (wire.getAggregation()) {
            case AGGREGATION_TOKEN_MEAN -> Mean.TOKEN;
            case AGGREGATION_SEQUENCE_MEAN -> Mean.SEQUENCE;
            case AGGREGATION_MAX_TOKENS -> Mean.MAX_TOKENS;
            case AGGREGATION_SEQUENCE_SUM -> Mean.SEQUENCE_SUM;
            case AGGREGATION_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }

    private static Importance.@Nullable Kind weight(Algorithm wire) {
        return switch (wire.getOffPolicy()) {
            case OFF_POLICY_UNSPECIFIED -> wire.getImportanceCap() == 0 ? Importance.Kind.OFF : Importance.Kind.CAPPED;
            case OFF_POLICY_OFF -> Importance.Kind.OFF;
            case OFF_POLICY_CAPPED -> Importance.Kind.CAPPED;
            case OFF_POLICY_MASKED -> Importance.Kind.MASKED;
            case OFF_POLICY_UNCAPPED -> Importance.Kind.UNCAPPED;
            case UNRECOGNIZED -> null;
        };
    }

    private static @Nullable KlEstimator estimator(Algorithm wire) {
        return switch (wire.getKlEstimator()) {
            case KL_ESTIMATOR_K1 -> KlEstimator.K1;
            case KL_ESTIMATOR_K2 -> KlEstimator.K2;
            case KL_ESTIMATOR_UNSPECIFIED, KL_ESTIMATOR_K3 -> KlEstimator.K3;
            case UNRECOGNIZED -> null;
        };
    }

    private static @Nullable TruncatedSamples truncated(Algorithm wire) {
        return switch (wire.getTruncated()) {
            case TRUNCATED_SAMPLES_UNSPECIFIED, TRUNCATED_SAMPLES_SCORE -> TruncatedSamples.SCORE;
            case TRUNCATED_SAMPLES_MASK -> TruncatedSamples.MASK;
            case TRUNCATED_SAMPLES_SHAPE -> TruncatedSamples.SHAPE;
            case UNRECOGNIZED -> null;
        };
    }
}
