package dev.thirteen.core.grpo;

/**
 * What corrects samples of another policy than the one being trained: the factor of a term, as a function of
 * exp(l_prox − l_behaviour). No gradient flows through it.
 */
public sealed interface OffPolicyWeight {
    OffPolicyWeight OFF = new Off();
    OffPolicyWeight UNCAPPED = new Uncapped();

    /** The factor where the proximal policy is {@code ratio} times as likely as the behaviour policy to draw the tokens. */
    double of(double ratio);

    /** 1: the difference is ignored. */
    record Off() implements OffPolicyWeight {
        @Override
        public double of(double ratio) {
            return 1;
        }
    }

    /** min(ratio, cap): truncated importance sampling (Ionides 2008), as Yao et al. 2025 use it. */
    record Capped(double cap) implements OffPolicyWeight {
        public Capped {
            if (!(cap >= 1)) throw new IllegalArgumentException("importance cap " + cap);
        }

        @Override
        public double of(double ratio) {
            return Math.min(ratio, cap);
        }
    }

    /**
     * The ratio where floor ≤ ratio ≤ cap, else 0 (IcePop; TRL calls it token_mask). What is masked still counts
     * in the normalisers of the step.
     */
    record Masked(double floor, double cap) implements OffPolicyWeight {
        public Masked {
            if (!(floor >= 0 && floor <= 1 && cap >= 1)) {
                throw new IllegalArgumentException("importance floor %s, cap %s".formatted(floor, cap));
            }
        }

        @Override
        public double of(double ratio) {
            return ratio >= floor && ratio <= cap ? ratio : 0;
        }
    }

    /** The ratio itself: decoupled PPO, arXiv 2505.24298; the clip acts against the proximal policy. */
    record Uncapped() implements OffPolicyWeight {
        @Override
        public double of(double ratio) {
            return ratio;
        }
    }
}
