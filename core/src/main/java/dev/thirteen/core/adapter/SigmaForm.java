package dev.thirteen.core.adapter;

/** Where the singular values stand in ΔW. */
public enum SigmaForm {
    /** U Σ R Vᵀ, as the paper prints it (arXiv 2602.04118, section 4). */
    PAPER,
    /** U √Σ R √Σ Vᵀ, as PEFT computes it. */
    SQRT
}
