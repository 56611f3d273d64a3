package dev.thirteen.core.grpo;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Algorithms by name: each a record of choices, whose numbers a run may change. The advantage, the ratio and the form of the
 * term are what a name means.
 */
public enum Algorithm {
    /** arXiv 2402.03300, token mean as in verl; one clip range; without its KL penalty unless a run asks for it. */
    GRPO(
            "grpo",
            Choices.of(group(StepAdvantages.Group.STANDARDISED), Form.CLIP)
                    .clip(0.2, 0.2)
                    .mean(Mean.TOKEN)),
    /** arXiv 2503.20783: no division by the group's deviation, nor by a sample's length. */
    DR_GRPO(
            "dr-grpo",
            Choices.of(group(StepAdvantages.Group.CENTRED), Form.CLIP)
                    .clip(0.2, 0.2)
                    .mean(Mean.MAX_TOKENS)),
    /** arXiv 2503.14476: clip-higher, token mean, dynamic sampling, overlong shaping. */
    DAPO(
            "dapo",
            Choices.of(group(StepAdvantages.Group.STANDARDISED), Form.CLIP)
                    .clip(0.2, 0.28)
                    .mean(Mean.TOKEN)
                    .asDapo()),
    /** arXiv 2507.18071: one ratio a sample. */
    GSPO(
            "gspo",
            Choices.of(group(StepAdvantages.Group.STANDARDISED), Form.SEQUENCE_CLIP)
                    .clip(3e-4, 4e-4)
                    .mean(Mean.SEQUENCE)),
    /** arXiv 2506.13585: the ratio is clipped, no token loses its gradient; the lower bound never acts. */
    CISPO(
            "cispo",
            Choices.of(group(StepAdvantages.Group.STANDARDISED), Form.CLIPPED_WEIGHT)
                    .clip(10, 0.2)
                    .mean(Mean.TOKEN)),
    /** arXiv 2402.14740: against the mean of the others, log-prob of the whole sample, no clip. */
    RLOO(
            "rloo",
            Choices.of(group(StepAdvantages.Group.LEAVE_ONE_OUT), Form.LOG_LIKELIHOOD)
                    .mean(Mean.SEQUENCE_SUM)),
    /** arXiv 2501.03262: returns normalised over the whole step, k1 in the reward; its coefficient is OpenRLHF's default. */
    REINFORCE_PLUS_PLUS(
            "reinforce++",
            Choices.of(new StepAdvantages(StepAdvantages.Group.RETURN, true), Form.CLIP)
                    .clip(0.2, 0.2)
                    .mean(Mean.TOKEN)
                    .kl(0.01, KlPenalty.NONE)),
    /** The same with the group's mean taken off first and the KL in the loss, as k2; its coefficient is of OpenRLHF's script. */
    REINFORCE_PLUS_PLUS_BASELINE(
            "reinforce++-baseline",
            Choices.of(new StepAdvantages(StepAdvantages.Group.CENTRED, true), Form.CLIP)
                    .clip(0.2, 0.2)
                    .mean(Mean.TOKEN)
                    .kl(0, new KlPenalty(KlEstimator.K2, 1e-5))),
    /** Supervised fine-tuning: the log-likelihood of given completions. Nothing is sampled and nothing judged. */
    SFT(
            "sft",
            Choices.of(new StepAdvantages(StepAdvantages.Group.RETURN, false), Form.SUPERVISED)
                    .mean(Mean.TOKEN));

    private final String label;
    private final Choices choices;

    Algorithm(String label, Choices choices) {
        this.label = label;
        this.choices = choices;
    }

    /** Name in run files. */
    public String label() {
        return label;
    }

    /** What it is made of, with the numbers of its paper. */
    public Choices choices() {
        return choices;
    }

    /** The algorithm of a name. */
    public static Optional<Algorithm> named(String label) {
        return Arrays.stream(values())
                .filter(algorithm -> algorithm.label.equals(label))
                .findFirst();
    }

    /** All names. */
    public static List<String> labels() {
        return Arrays.stream(values()).map(Algorithm::label).toList();
    }

    private static StepAdvantages group(StepAdvantages.Group group) {
        return new StepAdvantages(group, false);
    }

    /** Ratio and form of a token's term. */
    public enum Form {
        /** Clipped ratio of a token. */
        CLIP,
        /** Clipped ratio of a sample. */
        SEQUENCE_CLIP,
        /** Log-likelihood weighted by the clipped ratio of a token. */
        CLIPPED_WEIGHT,
        /** Log-likelihood; no ratio, no clip. */
        LOG_LIKELIHOOD,
        /** Log-likelihood alone; no advantage either. */
        SUPERVISED;

        /** Whether clip bounds have a meaning. */
        public boolean clips() {
            return this != LOG_LIKELIHOOD && this != SUPERVISED;
        }

        /** One ratio a token or one a sample. */
        public Ratio ratio() {
            return this == SEQUENCE_CLIP ? Ratio.SEQUENCE : Ratio.TOKEN;
        }

        /** The term of a token. */
        public Surrogate surrogate(double clipLow, double clipHigh) {
            return switch (this) {
                case CLIP, SEQUENCE_CLIP -> new Surrogate.Clip(clipLow, clipHigh);
                case CLIPPED_WEIGHT -> new Surrogate.WeightedLogLikelihood(clipLow, clipHigh);
                case LOG_LIKELIHOOD -> new Surrogate.AdvantageLogLikelihood();
                case SUPERVISED -> new Surrogate.LogLikelihood();
            };
        }
    }

    /** How token terms are added up, before the numbers of a run are known. */
    public enum Mean {
        /** See {@link Aggregation#TOKEN_MEAN}. */
        TOKEN,
        /** See {@link Aggregation#SEQUENCE_MEAN}. */
        SEQUENCE,
        /** See {@link Aggregation.Constant}, with the run's largest number of tokens. */
        MAX_TOKENS,
        /** See {@link Aggregation#SEQUENCE_SUM}. */
        SEQUENCE_SUM;

        /** The aggregation in a run whose samples have at most so many tokens. */
        public Aggregation of(int maxTokens) {
            return switch (this) {
                case TOKEN -> Aggregation.TOKEN_MEAN;
                case SEQUENCE -> Aggregation.SEQUENCE_MEAN;
                case MAX_TOKENS -> new Aggregation.Constant(maxTokens);
                case SEQUENCE_SUM -> Aggregation.SEQUENCE_SUM;
            };
        }
    }

    /**
     * The choices of an algorithm.
     *
     * @param advantages from rewards to advantages
     * @param form ratio and term
     * @param clipLow distance of the lower bound from 1
     * @param clipHigh distance of the upper bound from 1
     * @param mean aggregation
     * @param dynamicSampling whether groups whose rewards are all equal are replaced
     * @param truncated what becomes of samples that were cut off
     * @param klInReward coefficient of k1 that is taken from the reward of each token
     * @param klInLoss the KL in the loss
     */
    public record Choices(
            StepAdvantages advantages,
            Form form,
            double clipLow,
            double clipHigh,
            Mean mean,
            boolean dynamicSampling,
            TruncatedSamples truncated,
            double klInReward,
            KlPenalty klInLoss) {
        private static Choices of(StepAdvantages advantages, Form form) {
            return new Choices(advantages, form, 0, 0, Mean.TOKEN, false, TruncatedSamples.SCORE, 0, KlPenalty.NONE);
        }

        private Choices clip(double low, double high) {
            return new Choices(advantages, form, low, high, mean, dynamicSampling, truncated, klInReward, klInLoss);
        }

        private Choices mean(Mean other) {
            return new Choices(
                    advantages, form, clipLow, clipHigh, other, dynamicSampling, truncated, klInReward, klInLoss);
        }

        private Choices asDapo() {
            return new Choices(
                    advantages, form, clipLow, clipHigh, mean, true, TruncatedSamples.SHAPE, klInReward, klInLoss);
        }

        private Choices kl(double inReward, KlPenalty inLoss) {
            return new Choices(advantages, form, clipLow, clipHigh, mean, dynamicSampling, truncated, inReward, inLoss);
        }
    }
}
