package dev.thirteen.bench;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.optim.AdamState;
import dev.thirteen.core.optim.AdamW;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.engine.PolicyGradient.Sequence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A GRPO step of an adapter with one number a module: groups are sampled under it, the gradient of their samples is taken,
 * and AdamW moves it. Prompts and answers are as long as those of GSM8K; the answers of a group are equally long. Sampling
 * and gradient have a copy of the base each, as rollout and trainer service have: the kernels of both want the room behind
 * its weights.
 */
final class TrainingStep implements AutoCloseable {
    static final int GROUPS = 32;
    static final int SAMPLES = 8;

    private static final TinyLoraSpec SPEC =
            new TinyLoraSpec(2, 1, Tying.TILED, 1, SigmaForm.PAPER, 42, ValueType.BF16);
    private static final AdamW ADAM = new AdamW(0.01, 0.9, 0.99, 1e-8, 0, 1);
    private static final int PASS_TOKENS = 16_384;
    private static final List<Requests> REQUESTS = Requests.gsm8k(GROUPS);

    private final BaseModel learner;
    private final int vocabulary;
    private final Basis learned;
    private final Basis sampled;
    private final Decoder decoder;
    private AdamState state;
    private double samplingSeconds;
    private double gradientSeconds;

    TrainingStep(BaseModel sampler, BaseModel learner, int vocabulary) {
        this.learner = learner;
        this.vocabulary = vocabulary;
        this.learned = Basis.derive(learner, SPEC);
        this.sampled = Basis.derive(sampler, SPEC);
        this.state = AdamState.initial(new float[learned.trainedNumbers()]);
        this.decoder = new Decoder(sampler, new Decoder.Options(GROUPS * SAMPLES, Requests.longest(REQUESTS), false));
    }

    /** One request a sample, as a peer is told. */
    static List<Requests> samples() {
        return REQUESTS.stream()
                .flatMap(one -> Collections.nCopies(SAMPLES, one).stream())
                .toList();
    }

    /** Does one step; seconds. */
    double run(int number) {
        long start = System.nanoTime();
        float[] values = ValueType.BF16.round(state.master());
        List<Sequence> sequences = drawn(new Policy(sampled, values), number);
        samplingSeconds = (System.nanoTime() - start) * 1e-9;
        double tokens = SAMPLES * (double) Requests.answers(REQUESTS);
        double[] gradient = new PolicyGradient(learner)
                .gradient(
                        new Policy(learned, values),
                        sequences,
                        1,
                        PASS_TOKENS,
                        (sequence, logProbs) -> weights(sequence, logProbs, tokens))
                .gradient();
        state = ADAM.next(state, gradient);
        double seconds = (System.nanoTime() - start) * 1e-9;
        gradientSeconds = seconds - samplingSeconds;
        return seconds;
    }

    /** Where the time of the last step went. */
    String parts() {
        return String.format(Locale.ROOT, "sampling %.2f s, gradient %.2f s", samplingSeconds, gradientSeconds);
    }

    private static double[] weights(int sequence, double[] logProbs, double tokens) {
        double advantage = sequence % 2 == 0 ? 1 : -1;
        double[] weights = new double[logProbs.length];
        Arrays.fill(weights, -advantage / tokens);
        return weights;
    }

    private List<Sequence> drawn(Policy policy, int number) {
        List<Decoder.Group> groups = groups(policy, number);
        Map<Long, List<int[]>> rowsOf = new HashMap<>();
        for (Decoder.Group group : groups) {
            List<int[]> rows = new ArrayList<>();
            for (int i = 0; i < SAMPLES; i++) rows.add(new int[group.sampling().maxTokens()]);
            rowsOf.put(group.id(), rows);
        }
        Map<Long, int[]> filled = new HashMap<>();
        Deque<Decoder.Group> waiting = new ArrayDeque<>(groups);
        while (!waiting.isEmpty() || decoder.runningRows() > 0) {
            while (!waiting.isEmpty() && decoder.accepts(waiting.getFirst())) decoder.admit(waiting.removeFirst());
            for (Decoder.Token token : decoder.step()) {
                int[] at = filled.computeIfAbsent(token.group(), _ -> new int[SAMPLES]);
                rowsOf.getOrDefault(token.group(), List.of()).get(token.sample())[at[token.sample()]++] =
                        token.tokenId();
            }
        }
        List<Sequence> sequences = new ArrayList<>();
        for (Decoder.Group group : groups) {
            for (int[] row : rowsOf.getOrDefault(group.id(), List.of())) {
                sequences.add(new Sequence(group.promptTokens(), row));
            }
        }
        return sequences;
    }

    private List<Decoder.Group> groups(Policy policy, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Decoder.Group> groups = new ArrayList<>();
        for (int i = 0; i < REQUESTS.size(); i++) {
            int[] prompt = random.ints(REQUESTS.get(i).prompt(), 0, vocabulary).toArray();
            SamplingParameters sampling =
                    new SamplingParameters(1, 1, 0, REQUESTS.get(i).answer(), seed);
            groups.add(new Decoder.Group(i, policy, prompt, SAMPLES, sampling, (long) i * SAMPLES));
        }
        return groups;
    }

    @Override
    public void close() {
        decoder.close();
    }
}
