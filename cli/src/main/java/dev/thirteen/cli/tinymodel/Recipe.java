package dev.thirteen.cli.tinymodel;

import dev.thirteen.core.data.ArithmeticCorpus;
import dev.thirteen.engine.PolicyGradient.Sequence;
import dev.thirteen.engine.Pretraining;
import java.util.List;
import java.util.stream.LongStream;

/**
 * How the tiny model is made: documents and learning rate of every step.
 *
 * @param steps of the optimizer
 * @param documents a step
 * @param corpus documents in all; when they are used up they are read again, in the same order
 * @param seed of corpus and first weights
 */
record Recipe(int steps, int documents, long corpus, long seed) {
    static final Pretraining.Optimizer OPTIMIZER = new Pretraining.Optimizer(0.9, 0.98, 1e-8, 0.01, 1);

    private static final double PEAK_RATE = 2e-3;
    private static final int WARM_UP_STEPS = 100;

    Recipe {
        if (steps < 1 || documents < 1 || corpus < 1) {
            throw new IllegalArgumentException("%d steps of %d documents".formatted(steps, documents));
        }
    }

    /** The learning rate of a step, which counts from 0: a linear warm-up under a cosine that ends at 0. */
    double rate(int step) {
        double warmUp = Math.min(1, (step + 1.0) / WARM_UP_STEPS);
        return PEAK_RATE * warmUp * 0.5 * (1 + Math.cos(Math.PI * step / steps));
    }

    /** The documents of a step as tokens, with the first token before and the stop token behind. */
    List<Sequence> sequences(int step) {
        ArithmeticCorpus texts = new ArithmeticCorpus(seed);
        return LongStream.range((long) step * documents, (step + 1L) * documents)
                .mapToObj(index -> texts.document(index % corpus))
                .map(document -> new Sequence(
                        Characters.prompt(document.prompt()), Characters.completion(document.completion())))
                .toList();
    }
}
