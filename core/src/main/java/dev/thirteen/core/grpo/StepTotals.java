package dev.thirteen.core.grpo;

/**
 * Size of a step, by which its terms are averaged.
 *
 * @param samples samples of the step
 * @param tokens completion tokens of the step
 */
public record StepTotals(int samples, long tokens) {
    public StepTotals {
        if (samples < 1 || tokens < 1) {
            throw new IllegalArgumentException("samples %d, tokens %d".formatted(samples, tokens));
        }
    }
}
