package dev.thirteen.bench;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.engine.PolicyGradient.Part;
import dev.thirteen.engine.PolicyGradient.Sequence;
import dev.thirteen.engine.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The engine's part of a step of 256 runs on the bundled model, in this process: one decoder draws a group of four samples for
 * each of 256 policies in one continuous batch, and one call differentiates as many other rows in passes of the trainer's size.
 * No service, no broker, no rewards, no optimizer. The peer is one policy that has all these rows.
 */
final class ManyRuns {
    private static final int RUNS = 256;
    private static final int SAMPLES = 4;
    private static final int ROWS = 64;
    private static final int PASS_TOKENS = 4096;
    private static final int ROUNDS = 5;
    private static final int PROMPT = 12;
    private static final int ANSWER = 16;
    private static final int VOCABULARY = 28;

    private ManyRuns() {}

    static List<Line> lines(String name, Place place) {
        List<Requests> work = Requests.equal(RUNS * SAMPLES, PROMPT, ANSWER);
        try (BaseModel base = BaseModel.load(
                place.home().resolve("models/tiny-arithmetic"), new EngineOptions(Precision.BF16, place.threads()))) {
            List<Policy> many = policies(base);
            Check.decoding(base, VOCABULARY, many.subList(0, 24));
            List<Policy> one = List.of(many.getFirst());
            try (Serving ours = new Serving(base, VOCABULARY, work, many, ROWS);
                    Serving single = new Serving(base, VOCABULARY, work, one, ROWS)) {
                Line sampling = Pair.compare(name + "-sampling", ROUNDS, ours::run, single::run);
                Line gradient = Pair.compare(
                        name + "-gradient",
                        ROUNDS,
                        number -> gradient(base, parts(many, number)),
                        number -> gradient(base, List.of(whole(one.getFirst(), parts(many, number)))));
                Line step = Pair.compare(
                        name,
                        ROUNDS,
                        number -> both(ours.run(number), gradient(base, parts(many, number))),
                        number -> both(
                                single.run(number),
                                gradient(base, List.of(whole(one.getFirst(), parts(many, number))))));
                place.note(
                        ("one decoder, then one gradient call, over %d policies in one process, without services and broker;"
                                        + " they differ in projection seed, u and tying; %d rows of %d + %d tokens")
                                .formatted(RUNS, RUNS * SAMPLES, PROMPT, ANSWER));
                return List.of(step, sampling, gradient);
            }
        }
    }

    /** Tokens a second of answers that are first sampled and then differentiated, from the speed of each. */
    private static double both(double sampling, double gradient) {
        return 1 / (1 / sampling + 1 / gradient);
    }

    /** Eight seeds, each with 13 numbers for all modules or two for each. */
    private static List<Policy> policies(BaseModel base) {
        Basis first = Basis.derive(base, spec(0));
        List<Basis> bases = new ArrayList<>();
        for (int i = 0; i < 16; i++) bases.add(first.like(base, spec(i)));
        SplittableRandom random = new SplittableRandom(7);
        List<Policy> policies = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            Basis basis = bases.get(i % bases.size());
            float[] values = new float[basis.trainedNumbers()];
            for (int j = 0; j < values.length; j++) values[j] = (float) (0.05 * random.nextGaussian());
            policies.add(new Policy(basis, values));
        }
        return policies;
    }

    private static TinyLoraSpec spec(int number) {
        boolean tied = number % 2 == 0;
        return new TinyLoraSpec(
                2, tied ? 13 : 2, tied ? Tying.ALL : Tying.TILED, 1, SigmaForm.PAPER, number / 2, ValueType.BF16);
    }

    private static List<Part> parts(List<Policy> policies, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Part> parts = new ArrayList<>();
        for (Policy policy : policies) {
            int[] prompt = random.ints(PROMPT, 3, VOCABULARY).toArray();
            List<Sequence> sequences = new ArrayList<>();
            for (int s = 0; s < SAMPLES; s++) {
                // Answers end where they end: lengths differ.
                int length = ANSWER / 2 + random.nextInt(ANSWER / 2 + 1);
                sequences.add(
                        new Sequence(prompt, random.ints(length, 3, VOCABULARY).toArray()));
            }
            parts.add(new Part(policy, sequences, ManyRuns::slopes));
        }
        return parts;
    }

    private static Part whole(Policy policy, List<Part> parts) {
        List<Sequence> all = new ArrayList<>();
        parts.forEach(part -> all.addAll(part.sequences()));
        return new Part(policy, all, ManyRuns::slopes);
    }

    private static PolicyGradient.Slopes slopes(int sequence, double[] logProbs, double[] entropies) {
        double[] slopes = new double[logProbs.length];
        Arrays.fill(slopes, sequence % 2 == 0 ? 1 : -1);
        return new PolicyGradient.Slopes(slopes, 0);
    }

    /** Answer tokens a second. */
    private static double gradient(BaseModel base, List<Part> parts) {
        long tokens = parts.stream()
                .flatMap(part -> part.sequences().stream())
                .mapToLong(sequence -> sequence.completionTokens().length)
                .sum();
        long start = System.nanoTime();
        new PolicyGradient(base).gradients(parts, 1, PASS_TOKENS, false);
        return tokens / ((System.nanoTime() - start) * 1e-9);
    }
}
