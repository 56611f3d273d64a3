package dev.thirteen.bench;

import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** What is fast must be right first: log-probs that decoding reports against those of a whole pass without a cache. */
final class Check {
    /** Mean difference of a log-prob in bf16; the paper's own stack has 2e-3 to 3e-3 of a probability. */
    private static final double BOUND = 0.05;

    /** The round in which load.py tells its greedy token in place of a time. */
    static final int FIRST_TOKEN = -1;

    private static final int ROWS = 24;
    private static final int TOKENS = 24;

    private Check() {}

    /**
     * The likeliest token after a prompt that load.py knows too.
     *
     * @throws IllegalStateException where it is not the peer's
     */
    static void firstToken(Place place, Shapes shape, int length, int peers) {
        int[] prompt = IntStream.rangeClosed(1, length)
                .map(i -> i * 7919 % shape.vocabulary())
                .toArray();
        SamplingParameters greedy = new SamplingParameters(0, 1, 0, 1, 0);
        try (BaseModel base = Models.load(place, shape);
                Decoder decoder = new Decoder(base, new Decoder.Options(1, length + 1, false))) {
            decoder.admit(new Decoder.Group(0, Policy.BASE, prompt, 1, greedy, 0));
            List<Decoder.Token> tokens = new ArrayList<>();
            while (decoder.runningRows() > 0) tokens.addAll(decoder.step());
            int ours = tokens.getFirst().tokenId();
            if (ours != peers) {
                throw new IllegalStateException("the first token is " + ours + ", the peer's is " + peers);
            }
        }
    }

    /** @throws IllegalStateException where they are too far apart */
    static double decoding(BaseModel base, int vocabulary, List<Policy> policies) {
        SplittableRandom random = new SplittableRandom(7);
        Map<Long, Decoder.Group> groups = new HashMap<>();
        Map<Long, List<Decoder.Token>> drawn = new HashMap<>();
        try (Decoder decoder = new Decoder(base, new Decoder.Options(ROWS, 160, false))) {
            for (long i = 0; i < ROWS; i++) {
                int[] prompt =
                        random.ints(3 + random.nextInt(60), 0, vocabulary).toArray();
                SamplingParameters sampling = new SamplingParameters(1, 1, 0, 2 + random.nextInt(TOKENS), 5);
                Policy policy = policies.get((int) i % policies.size());
                groups.put(i, new Decoder.Group(i, policy, prompt, 1, sampling, i));
                decoder.admit(groups.get(i));
            }
            while (decoder.runningRows() > 0) {
                for (Decoder.Token token : decoder.step()) {
                    drawn.computeIfAbsent(token.group(), _ -> new ArrayList<>()).add(token);
                }
            }
        }
        double sum = 0;
        int count = 0;
        for (Decoder.Group group : groups.values()) {
            List<Decoder.Token> tokens = drawn.getOrDefault(group.id(), List.of());
            int[] ids = tokens.stream().mapToInt(Decoder.Token::tokenId).toArray();
            double[] whole = new PolicyGradient(base)
                    .logProbs(group.policy(), List.of(new PolicyGradient.Sequence(group.promptTokens(), ids)), 1, 4096)
                    .getFirst();
            for (int t = 0; t < ids.length; t++)
                sum += Math.abs(whole[t] - tokens.get(t).logProb());
            count += ids.length;
        }
        double mean = sum / count;
        if (!(mean <= BOUND)) throw new IllegalStateException("log-probs differ by " + mean + " in the mean");
        return mean;
    }
}
