package dev.thirteen.core.grpo;

/** What the probability ratio of current and proximal policy is taken over. */
public enum Ratio {
    /** One for each token: ρ = exp(l − l_old). */
    TOKEN,
    /** One for the sample: s = exp(mean over tokens of (l − l_old)) (GSPO, arXiv 2507.18071). */
    SEQUENCE
}
