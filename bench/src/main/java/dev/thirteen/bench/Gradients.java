package dev.thirteen.bench;

import dev.thirteen.core.optim.AdamW;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.engine.PolicyGradient.Sequence;
import dev.thirteen.engine.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** The gradient of 13 numbers for a GRPO-shaped loss: the mean over all tokens of -advantage · log-prob. */
record Gradients(Shapes shape, int prompts, int samples, int promptTokens, int answerTokens) {
    /** Cosine between bf16 and fp32, above which they tell the same direction. */
    private static final double COSINE = 0.98;

    private static final int PASS_TOKENS = 16_384;

    int rows() {
        return prompts * samples;
    }

    long tokens() {
        return (long) rows() * (promptTokens + answerTokens);
    }

    List<Requests> requests() {
        return Requests.equal(rows(), promptTokens, answerTokens);
    }

    /** Tokens a second; a group's prompt counts once a sample, whoever computes it how often. */
    Side on(BaseModel base) {
        Policy policy = Adapters.of(base, 1).getFirst();
        return number -> {
            List<Sequence> sequences = sequences(number);
            long start = System.nanoTime();
            of(base, policy, sequences);
            return tokens() / ((System.nanoTime() - start) * 1e-9);
        };
    }

    /** The gradient of a small piece of the work in bf16 against that in fp32, which goes the plain way. */
    void check(Place place) {
        Gradients small = new Gradients(shape, 2, 2, 24, 40);
        double[] fast = small.once(place, Precision.BF16);
        double[] slow = small.once(place, Precision.FP32);
        double cosine = cosine(fast, slow);
        Progress.say(String.format(Locale.ROOT, "cosine of the gradients in bf16 and fp32: %.5f", cosine));
        if (!(cosine >= COSINE)) throw new IllegalStateException("gradients in bf16 and fp32 have cosine " + cosine);
    }

    private double[] once(Place place, Precision precision) {
        try (BaseModel base = Models.load(place, shape, precision)) {
            return of(base, Adapters.of(base, 1).getFirst(), sequences(5));
        }
    }

    private double[] of(BaseModel base, Policy policy, List<Sequence> sequences) {
        PolicyGradient gradient = new PolicyGradient(base);
        return gradient.gradient(policy, sequences, 1, PASS_TOKENS, this::weights)
                .gradient();
    }

    private double[] weights(int sequence, double[] logProbs) {
        double advantage = 2.0 * sequence / (rows() - 1) - 1;
        double[] weights = new double[logProbs.length];
        Arrays.fill(weights, -advantage / ((double) rows() * answerTokens));
        return weights;
    }

    private List<Sequence> sequences(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Sequence> sequences = new ArrayList<>();
        for (int p = 0; p < prompts; p++) {
            int[] prompt = random.ints(promptTokens, 0, shape.vocabulary()).toArray();
            for (int s = 0; s < samples; s++) {
                sequences.add(new Sequence(
                        prompt, random.ints(answerTokens, 0, shape.vocabulary()).toArray()));
            }
        }
        return sequences;
    }

    static double cosine(double[] a, double[] b) {
        return dot(a, b) / (AdamW.norm(a) * AdamW.norm(b));
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }
}
