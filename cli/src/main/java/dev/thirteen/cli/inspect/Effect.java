package dev.thirteen.cli.inspect;

/**
 * What a variant does on held-out problems.
 *
 * @param answers given
 * @param accuracy share of right answers among those that were compared with a right one; NaN where none was
 * @param logProb natural log-probability of the trained policy's own answers, mean over answers; that of the trained policy
 *     less this estimates the KL divergence between them
 * @param tokens mean length of its answers
 */
public record Effect(Variant variant, int answers, double accuracy, double logProb, double tokens) {}
