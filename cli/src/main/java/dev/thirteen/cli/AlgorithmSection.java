package dev.thirteen.cli;

import dev.thirteen.core.grpo.Algorithm.Choices;
import dev.thirteen.core.grpo.Algorithm.Form;
import dev.thirteen.core.grpo.Algorithm.Mean;
import dev.thirteen.proto.training.v1.Aggregation;
import dev.thirteen.proto.training.v1.Algorithm;
import dev.thirteen.proto.training.v1.KlEstimator;
import dev.thirteen.proto.training.v1.OffPolicy;
import dev.thirteen.proto.training.v1.TruncatedSamples;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The algorithm of a run file. What it does not say is as the paper of the named algorithm has it. */
final class AlgorithmSection {
    private static final Map<String, Aggregation> AGGREGATION = Map.of(
            "token-mean", Aggregation.AGGREGATION_TOKEN_MEAN,
            "sequence-mean", Aggregation.AGGREGATION_SEQUENCE_MEAN,
            "sequence-sum", Aggregation.AGGREGATION_SEQUENCE_SUM,
            "max-tokens", Aggregation.AGGREGATION_MAX_TOKENS);
    private static final Map<String, OffPolicy> IMPORTANCE = Map.of(
            "off", OffPolicy.OFF_POLICY_OFF,
            "capped", OffPolicy.OFF_POLICY_CAPPED,
            "masked", OffPolicy.OFF_POLICY_MASKED,
            "uncapped", OffPolicy.OFF_POLICY_UNCAPPED);
    private static final Map<String, KlEstimator> ESTIMATORS = Map.of(
            "k1", KlEstimator.KL_ESTIMATOR_K1, "k2", KlEstimator.KL_ESTIMATOR_K2, "k3", KlEstimator.KL_ESTIMATOR_K3);
    private static final Map<String, TruncatedSamples> TRUNCATED = Map.of(
            "score", TruncatedSamples.TRUNCATED_SAMPLES_SCORE,
            "mask", TruncatedSamples.TRUNCATED_SAMPLES_MASK,
            "shape", TruncatedSamples.TRUNCATED_SAMPLES_SHAPE);
    private static final Map<String, dev.thirteen.core.grpo.Algorithm> NAMES = java.util.Arrays.stream(
                    dev.thirteen.core.grpo.Algorithm.values())
            .collect(Collectors.toMap(dev.thirteen.core.grpo.Algorithm::label, Function.identity()));

    private final Section section;

    AlgorithmSection(Section section) {
        this.section = section;
    }

    /**
     * @param maxTokens largest number of tokens of a sample
     * @param filtered whether groups of equal rewards may be replaced where the file says nothing of it
     */
    Algorithm read(int maxTokens, boolean filtered) {
        dev.thirteen.core.grpo.Algorithm named = section.choice("name", NAMES, dev.thirteen.core.grpo.Algorithm.GRPO);
        Choices choices = named.choices();
        Algorithm.Builder algorithm = Algorithm.newBuilder()
                .setName(named.label())
                .setClipLow(clip("clip-low", named, choices.clipLow()))
                .setClipHigh(clip("clip-high", named, choices.clipHigh()))
                .setAggregation(section.choice("aggregation", AGGREGATION, aggregation(choices.mean())))
                .setEntropyBonus(section.number("entropy-bonus", 0))
                .setUpdatesPerStep(section.positive("updates-per-step", RunDefaults.UPDATES_PER_STEP));
        kl(algorithm, choices);
        importance(algorithm, choices.form() == Form.SUPERVISED);
        samples(algorithm, choices, maxTokens, filtered);
        section.end();
        return algorithm.build();
    }

    /** One that says what is the case, 0 where nothing is clipped, is no slip. */
    private double clip(String key, dev.thirteen.core.grpo.Algorithm named, double otherwise) {
        double clip = section.number(key, otherwise);
        if (clip != 0 && !named.choices().form().clips()) {
            section.idle(key, "with name: " + named.label() + ", which does not clip");
        }
        return clip;
    }

    private void kl(Algorithm.Builder algorithm, Choices choices) {
        double inLoss = section.number("kl-in-loss", choices.klInLoss().coefficient());
        if (inLoss == 0) section.idle("kl-estimator", "without kl-in-loss", "give that a number above 0");
        boolean squared = inLoss != 0 && choices.klInLoss().estimator() == dev.thirteen.core.grpo.KlEstimator.K2;
        KlEstimator otherwise = squared ? KlEstimator.KL_ESTIMATOR_K2 : KlEstimator.KL_ESTIMATOR_K3;
        algorithm
                .setKlInReward(section.number("kl-in-reward", choices.klInReward()))
                .setKlInLoss(inLoss)
                .setKlEstimator(section.choice("kl-estimator", ESTIMATORS, otherwise));
    }

    private void importance(Algorithm.Builder algorithm, boolean supervised) {
        double cap = section.number("importance-cap", RunDefaults.IMPORTANCE_CAP);
        OffPolicy otherwise = cap == 0 ? OffPolicy.OFF_POLICY_OFF : OffPolicy.OFF_POLICY_CAPPED;
        OffPolicy weight = section.choice("importance", IMPORTANCE, otherwise);
        boolean masked = weight == OffPolicy.OFF_POLICY_MASKED;
        boolean capped = masked || weight == OffPolicy.OFF_POLICY_CAPPED;
        if (supervised) {
            for (String key : List.of("importance", "importance-cap", "importance-floor")) {
                section.idle(key, "with name: sft, which samples nothing");
            }
        } else {
            if (!masked) section.idle("importance-floor", "without importance: masked");
            boolean uncapped = weight == OffPolicy.OFF_POLICY_UNCAPPED;
            // A cap of 0 may be what turned it off.
            if (uncapped || weight == OffPolicy.OFF_POLICY_OFF && section.has("importance")) {
                String word = uncapped ? "uncapped" : "off";
                section.idle("importance-cap", "with importance: " + word, "use capped or masked");
            }
        }
        double floor = section.number("importance-floor", RunDefaults.IMPORTANCE_FLOOR);
        algorithm.setOffPolicy(weight).setImportanceCap(capped ? cap : 0).setImportanceFloor(masked ? floor : 0);
    }

    private void samples(Algorithm.Builder algorithm, Choices choices, int maxTokens, boolean filtered) {
        boolean dynamic = section.flag("dynamic-sampling", filtered && choices.dynamicSampling());
        if (!dynamic) section.idle("max-refills", "without dynamic-sampling: true");
        int refills = section.count("max-refills", RunDefaults.MAX_REFILLS);
        TruncatedSamples truncated = section.choice("truncated", TRUNCATED, truncated(choices));
        boolean shape = truncated == TruncatedSamples.TRUNCATED_SAMPLES_SHAPE;
        for (String key : new String[] {"overlong-buffer", "overlong-penalty"}) {
            if (!shape) section.idle(key, "without truncated: shape");
        }
        int buffer = section.count("overlong-buffer", Math.max(1, maxTokens / RunDefaults.OVERLONG_BUFFER_PART));
        double penalty = section.number("overlong-penalty", RunDefaults.OVERLONG_PENALTY);
        algorithm
                .setDynamicSampling(dynamic)
                .setMaxRefills(dynamic ? refills : 0)
                .setTruncated(truncated)
                .setOverlongBuffer(shape ? buffer : 0)
                .setOverlongPenalty(shape ? penalty : 0);
    }

    private static Aggregation aggregation(Mean mean) {
        return switch (mean) {
            case TOKEN -> Aggregation.AGGREGATION_TOKEN_MEAN;
            case SEQUENCE -> Aggregation.AGGREGATION_SEQUENCE_MEAN;
            case SEQUENCE_SUM -> Aggregation.AGGREGATION_SEQUENCE_SUM;
            case MAX_TOKENS -> Aggregation.AGGREGATION_MAX_TOKENS;
        };
    }

    private static TruncatedSamples truncated(Choices choices) {
        return switch (choices.truncated()) {
            case SCORE -> TruncatedSamples.TRUNCATED_SAMPLES_SCORE;
            case MASK -> TruncatedSamples.TRUNCATED_SAMPLES_MASK;
            case SHAPE -> TruncatedSamples.TRUNCATED_SAMPLES_SHAPE;
        };
    }
}
