package dev.thirteen.core.grpo;

/** The term of a token, as a function of its ratio ρ, the sample's advantage A and its log-prob l. Losses are minimised. */
public sealed interface Surrogate {
    /**
     * −min(ρ A, clamp(ρ, 1 − low, 1 + high) A): PPO, arXiv 1707.06347, as GRPO uses it.
     *
     * @param low distance of the lower bound from 1
     * @param high distance of the upper bound from 1
     */
    record Clip(double low, double high) implements Surrogate {
        public Clip {
            requireBounds(low, high);
        }
    }

    /**
     * −sg[clamp(ρ, 1 − low, 1 + high)] A l: CISPO (MiniMax-M1), arXiv 2506.13585. No token loses its gradient.
     *
     * @param low distance of the lower bound from 1; from 1 on it never acts
     * @param high distance of the upper bound from 1
     */
    record WeightedLogLikelihood(double low, double high) implements Surrogate {
        public WeightedLogLikelihood {
            requireBounds(low, high);
        }
    }

    /** −A l, without ratio and clip: REINFORCE, as RLOO (arXiv 2402.14740) uses it. */
    record AdvantageLogLikelihood() implements Surrogate {}

    /** −l: supervised fine-tuning; ratio and advantage play no part. */
    record LogLikelihood() implements Surrogate {}

    private static void requireBounds(double low, double high) {
        if (!(low >= 0 && high >= 0)) throw new IllegalArgumentException("clip %s, %s".formatted(low, high));
    }
}
