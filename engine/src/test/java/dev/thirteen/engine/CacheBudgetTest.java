package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The cache of keys and values under load. */
class CacheBudgetTest {
    private static BaseModel base;
    private static Policy one;
    /** Keeps samples from ending early. */
    private static Map<Integer, Float> endless;

    @BeforeAll
    static void load() {
        base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
        one = AdapterFolder.read(base, Golden.path("adapters/tinylora-u13-tied"))
                .policy();
        endless = IntStream.range(0, base.config().vocabulary())
                .filter(base.tokenizer()::isStop)
                .boxed()
                .collect(Collectors.toMap(id -> id, _ -> -100f));
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Decoder.Group group(long id, int prompt, int samples, int newTokens) {
        int[] tokens = new Random(id % 2).ints(prompt, 0, 590).toArray();
        SamplingParameters sampling =
                new SamplingParameters(1, Filters.OFF, new LogitChanges(1, endless), List.of(), newTokens, id);
        return new Decoder.Group(id, id % 3 == 0 ? Policy.BASE : one, tokens, samples, sampling, 0);
    }

    @Test
    void aDecoderHoldsNothingBeforeAGroupRuns() {
        try (Decoder decoder = new Decoder(base, new Decoder.Options(64, 4096, false))) {
            assertThat(decoder.peakCacheBytes()).isZero();
            decoder.admit(group(1, 5, 2, 3));
            decoder.step();
            // Two rows of one step of the length.
            assertThat(decoder.peakCacheBytes()).isEqualTo(2 * 64 * base.cacheBytesPerToken());
        }
    }

    @Test
    void whatNeverFitsIsRefusedWithItsNumbers() {
        // The cache has six tensors, and room for one more: 1000 * 6 / 7.
        Decoder.Cache cache = new Decoder.Cache(1000, 0, true);
        assertThat(base.config().layers()).isEqualTo(3);
        try (Decoder decoder = new Decoder(base, new Decoder.Options(16, 512, false, cache))) {
            Decoder.Group large = group(1, 100, 9, 1);
            assertThat(decoder.accepts(large)).isFalse();
            assertThatThrownBy(() -> decoder.admit(large))
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER))
                    .hasMessageContaining("9 rows of 101 tokens are 909 tokens, the cache holds 857");
            Decoder.Group fits = group(2, 90, 8, 10);
            decoder.admit(fits);
            Decoder.Group more = group(3, 90, 8, 1);
            assertThat(decoder.accepts(more)).isFalse();
            assertThatThrownBy(() -> decoder.admit(more))
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CAPACITY));
        }
    }

    @Test
    void aGroupThatLostItsRowsGoesOnWhereItWas() {
        // Room for 1371 tokens: two groups of 5 rows start, and beyond 137 tokens a row there is none for both.
        Decoder.Options small = new Decoder.Options(16, 256, false, new Decoder.Cache(1600, 0, false));
        List<Decoder.Group> groups = List.of(group(1, 20, 5, 200), group(2, 20, 5, 200));
        try (Decoder decoder = new Decoder(base, small)) {
            Drawn drawn = Drawn.of(decoder, groups);
            assertThat(decoder.counts().preempted()).isEqualTo(1);
            assertThat(decoder.peakCacheBytes()).isLessThanOrEqualTo(1600 * base.cacheBytesPerToken());
            for (Decoder.Group group : groups) {
                drawn.group(group.id())
                        .isLike(Drawn.of(base, new Decoder.Options(16, 256, false), List.of(group)), 1e-4);
            }
        }
    }

    /** Groups of all sizes come and are cancelled: the budget holds, and every group ends. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void noLoadExceedsTheBudget(int seed) {
        Random random = new Random(seed);
        int budget = 400 + random.nextInt(1500);
        Decoder.Cache cache = new Decoder.Cache(budget, 16 + random.nextInt(100), seed % 2 == 0);
        Deque<Decoder.Group> waiting = new ArrayDeque<>();
        Set<Long> open = new HashSet<>();
        try (Decoder decoder = new Decoder(base, new Decoder.Options(12, 300, false, cache))) {
            for (long id = 0; id < 60; id++) waiting.add(random(random, id, budget));
            int steps = 0;
            while (!waiting.isEmpty() || decoder.runningRows() > 0) {
                while (!waiting.isEmpty() && decoder.accepts(waiting.getFirst())) {
                    open.add(waiting.getFirst().id());
                    decoder.admit(waiting.removeFirst());
                }
                for (Decoder.Token token : decoder.step()) assertThat(open).contains(token.group());
                if (random.nextInt(40) == 0 && !open.isEmpty()) {
                    long gone = open.iterator().next();
                    decoder.cancel(gone);
                    open.remove(gone);
                }
                assertThat(decoder.peakCacheBytes()).isLessThanOrEqualTo(budget * base.cacheBytesPerToken());
                assertThat(steps++).isLessThan(20_000);
            }
            System.out.printf(
                    "seed %d: peak %.2f of the budget, %s, %d steps%n",
                    seed,
                    decoder.peakCacheBytes() / (double) (budget * base.cacheBytesPerToken()),
                    decoder.counts(),
                    steps);
        }
    }

    private static Decoder.Group random(Random random, long id, int budget) {
        int samples = 1 + random.nextInt(6);
        int longest = Math.min(300, budget * 4 / 5 / samples);
        int prompt = 1 + random.nextInt(random.nextBoolean() ? 8 : longest - 1);
        return group(id, prompt, samples, 1 + random.nextInt(longest - prompt));
    }
}
