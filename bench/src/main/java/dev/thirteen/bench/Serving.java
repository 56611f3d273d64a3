package dev.thirteen.bench;

import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Serves requests by continuous batching: as many as fit run, the others wait. */
final class Serving implements AutoCloseable {
    private final List<Requests> requests;
    private final List<Policy> policies;
    private final int vocabulary;
    private final Decoder decoder;
    private long tokens;

    /** @param policies request i has policy i modulo their number */
    Serving(BaseModel base, int vocabulary, List<Requests> requests, List<Policy> policies, int inFlight) {
        this.vocabulary = vocabulary;
        this.requests = requests;
        this.policies = policies;
        this.decoder = new Decoder(base, new Decoder.Options(inFlight, Requests.longest(requests), false));
    }

    /** Serves all requests once; returns tokens a second. */
    double run(long seed) {
        Deque<Decoder.Group> waiting = new ArrayDeque<>(groups(seed));
        tokens = 0;
        long start = System.nanoTime();
        while (!waiting.isEmpty() || decoder.runningRows() > 0) {
            while (!waiting.isEmpty() && decoder.accepts(waiting.getFirst())) decoder.admit(waiting.removeFirst());
            tokens += decoder.step().size();
        }
        return tokens / ((System.nanoTime() - start) * 1e-9);
    }

    /** Microseconds of the parts of a step in the middle of a run. */
    Map<String, Double> profile() {
        groups(1).forEach(decoder::admit);
        for (int i = 0; i < requests.getFirst().answer() / 2; i++) decoder.step();
        Map<String, Double> parts = decoder.profile();
        while (decoder.runningRows() > 0) decoder.step();
        return parts;
    }

    /** Tokens of the last run. */
    long tokens() {
        return tokens;
    }

    private List<Decoder.Group> groups(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Decoder.Group> groups = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            int[] prompt = random.ints(requests.get(i).prompt(), 0, vocabulary).toArray();
            SamplingParameters sampling =
                    new SamplingParameters(1, 1, 0, requests.get(i).answer(), seed);
            groups.add(new Decoder.Group(i, policies.get(i % policies.size()), prompt, 1, sampling, i));
        }
        return groups;
    }

    @Override
    public void close() {
        decoder.close();
    }
}
