package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.Filters;
import dev.thirteen.core.sampling.LogitChanges;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderTest {
    private static final int[] PROMPT = {184, 320, 572, 190, 574, 379};
    private static final int[] LONGER = {465, 287, 80, 369, 444, 92, 0, 98, 223, 565, 459};

    private static BaseModel base;
    private static Policy one;
    private static Policy other;

    @BeforeAll
    static void load() {
        base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
        one = AdapterFolder.read(base, Golden.path("adapters/tinylora-u13-tied"))
                .policy();
        float[] values = one.values().clone();
        for (int i = 0; i < values.length; i++) values[i] = -values[i];
        other = new Policy(one.basis(), values);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "smollm2-like"})
    void greedyTokensAreThoseOfHuggingFaceInOneRaggedBatch(String name) {
        try (BaseModel model = BaseModel.load(Golden.model(name), new EngineOptions(Precision.FP32, 1));
                Decoder decoder = new Decoder(model, new Decoder.Options(16, 128, false))) {
            List<JsonNode> cases = Golden.elements(
                    Golden.json("models/" + name + "/expected.json").path("cases"));
            for (int i = 0; i < cases.size(); i++) {
                int[] prompt = Golden.ints(cases.get(i).path("ids"));
                decoder.admit(new Decoder.Group(i, Policy.BASE, prompt, 2, greedy(24), 0));
            }
            Map<String, Drawn> drawn = run(decoder);
            for (int i = 0; i < cases.size(); i++) {
                int[] greedy = Golden.ints(cases.get(i).path("greedy").path("ids"));
                assertThat(drawn.get(i + "/1").ids()).containsExactly(untilStop(model, greedy));
            }
        }
    }

    private static Integer[] untilStop(BaseModel model, int[] ids) {
        List<Integer> kept = new ArrayList<>();
        for (int id : ids) {
            kept.add(id);
            if (model.tokenizer().isStop(id)) break;
        }
        return kept.toArray(Integer[]::new);
    }

    static Stream<SamplingParameters> samplings() {
        return Stream.of(
                new SamplingParameters(1, 1, 0, 20, 7),
                new SamplingParameters(0.7f, 1, 0, 20, 7),
                new SamplingParameters(1.3f, 0.8f, 20, 20, 7),
                new SamplingParameters(
                        0.9f,
                        new Filters(0.9f, 0, 0.05f),
                        new LogitChanges(1.3f, Map.of(5, 2f, 320, -1f)),
                        List.of(),
                        20,
                        7),
                greedy(20));
    }

    @ParameterizedTest
    @MethodSource("samplings")
    void rowsOfDifferentPoliciesInOneBatchAreWhatTheyAreAlone(SamplingParameters sampling) {
        List<Decoder.Group> groups = List.of(
                new Decoder.Group(0, one, PROMPT, 3, sampling, 0),
                new Decoder.Group(1, Policy.BASE, LONGER, 2, sampling, 10),
                new Decoder.Group(2, other, PROMPT, 4, sampling, 20));
        Map<String, Drawn> together = run(groups, false);
        for (Decoder.Group group : groups) {
            run(List.of(group), false).forEach((sample, alone) -> {
                Drawn inBatch = together.get(sample);
                assertThat(inBatch.ids()).isEqualTo(alone.ids());
                for (int t = 0; t < alone.ids().size(); t++) {
                    assertThat(inBatch.logProbs().get(t))
                            .isEqualTo(alone.logProbs().get(t), within(1e-4));
                    assertThat(inBatch.raw().get(t)).isEqualTo(alone.raw().get(t), within(1e-4));
                }
            });
        }
    }

    @Test
    void aGroupThatComesLaterIsWhatItIsAlone() {
        Decoder.Group first = new Decoder.Group(0, one, LONGER, 5, sampling(12, 1), 0);
        Decoder.Group second = new Decoder.Group(1, other, PROMPT, 4, sampling(30, 2), 0);
        try (Decoder decoder = new Decoder(base, new Decoder.Options(16, 128, false))) {
            decoder.admit(first);
            Map<String, Drawn> drawn = new LinkedHashMap<>();
            for (int step = 0; step < 7; step++) collect(decoder.step(), drawn);
            decoder.admit(second);
            while (decoder.runningRows() > 0) collect(decoder.step(), drawn);
            assertThat(drawn.get("1/3").ids())
                    .isEqualTo(run(List.of(second), false).get("1/3").ids());
        }
    }

    /** Rows of two policies and of the base: in bf16 both programs round R, weights and activations alike. */
    @ParameterizedTest
    @CsvSource({"FP32, 1, 1e-4", "FP32, 0.7, 1e-4", "BF16, 1, 0.1", "BF16, 0.7, 0.1"})
    void logProbsOfTheRolloutAreThoseOfTheGradientProgram(Precision precision, float temperature, double bound) {
        try (BaseModel model = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(precision, 1));
                Decoder decoder = new Decoder(model, new Decoder.Options(64, 128, false))) {
            SamplingParameters sampling = new SamplingParameters(temperature, 1, 0, 30, 3);
            List<Policy> policies = List.of(one, Policy.BASE, other);
            for (int i = 0; i < policies.size(); i++) {
                decoder.admit(new Decoder.Group(i, policies.get(i), PROMPT, 8, sampling, 8 * i));
            }
            Map<String, Drawn> drawn = run(decoder);
            DoubleSummaryStatistics distances = new DoubleSummaryStatistics();
            for (int i = 0; i < policies.size(); i++) {
                String group = i + "/";
                List<Drawn> samples = drawn.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith(group))
                        .map(Map.Entry::getValue)
                        .toList();
                distances.combine(distances(model, policies.get(i), samples, temperature));
            }
            System.out.printf(
                    "%s: rollout and gradient log-probs differ by at most %.1e, on average %.1e%n",
                    precision, distances.getMax(), distances.getAverage());
            assertThat(distances.getMax()).isLessThan(bound);
            // The largest of many roundings is another one on each processor; all of them together are alike.
            assertThat(distances.getAverage()).isLessThan(bound / 30);
        }
    }

    private static DoubleSummaryStatistics distances(
            BaseModel model, Policy policy, List<Drawn> samples, float temperature) {
        List<PolicyGradient.Sequence> sequences = samples.stream()
                .map(sample -> new PolicyGradient.Sequence(PROMPT, sample.array()))
                .toList();
        List<double[]> recomputed = new PolicyGradient(model).logProbs(policy, sequences, temperature, 4096);
        DoubleSummaryStatistics distances = new DoubleSummaryStatistics();
        for (int i = 0; i < samples.size(); i++) {
            double[] again = recomputed.get(i);
            for (int t = 0; t < again.length; t++) {
                distances.accept(Math.abs(again[t] - samples.get(i).logProbs().get(t)));
            }
        }
        return distances;
    }

    /** Many short rows, then one long one beside the last of them: the cache takes on another shape under a running row. */
    @Test
    void aRowGoesOnWhenTheCacheTakesAnotherShape() {
        Decoder.Group stays = new Decoder.Group(0, one, LONGER, 1, sampling(60, 1), 0);
        Decoder.Group many = new Decoder.Group(1, other, PROMPT, 32, sampling(2, 2), 0);
        Decoder.Group lengthy = new Decoder.Group(2, Policy.BASE, PROMPT, 1, sampling(110, 3), 0);
        Decoder.Group manyMore = new Decoder.Group(3, other, PROMPT, 40, sampling(20, 4), 0);
        try (Decoder decoder = new Decoder(base, new Decoder.Options(64, 128, false))) {
            Map<String, Drawn> drawn = new LinkedHashMap<>();
            for (Decoder.Group group : List.of(stays, many, lengthy, manyMore)) {
                decoder.admit(group);
                for (int step = 0; step < 5; step++) collect(decoder.step(), drawn);
            }
            while (decoder.runningRows() > 0) collect(decoder.step(), drawn);
            for (Decoder.Group group : List.of(stays, lengthy)) {
                run(List.of(group), false)
                        .forEach((sample, alone) ->
                                assertThat(drawn.get(sample).ids()).isEqualTo(alone.ids()));
            }
        }
    }

    @Test
    void tokensComeAsOftenAsTheirProbabilitySays() {
        int samples = 64;
        int rounds = 40;
        int[] counts = new int[640];
        double[] probability = new double[640];
        try (Decoder decoder = new Decoder(base, new Decoder.Options(samples, 16, false))) {
            for (int round = 0; round < rounds; round++) {
                decoder.admit(new Decoder.Group(round, one, PROMPT, samples, sampling(1, 5), (long) round * samples));
                for (Decoder.Token token : decoder.step()) {
                    counts[token.tokenId()]++;
                    probability[token.tokenId()] = Math.exp(token.logProb());
                }
            }
        }
        double n = samples * rounds;
        double statistic = 0;
        int cells = 0;
        for (int id = 0; id < counts.length; id++) {
            double expected = n * probability[id];
            if (expected < 5) continue;
            statistic += (counts[id] - expected) * (counts[id] - expected) / expected;
            cells++;
        }
        assertThat(cells).isGreaterThan(20);
        // Chi-squared with about `cells` degrees of freedom: mean cells, deviation sqrt(2 cells).
        assertThat(statistic).isBetween(cells - 4 * Math.sqrt(2 * cells), cells + 4 * Math.sqrt(2 * cells));
    }

    @Test
    void filtersKeepTheMostLikelyTokens() {
        SamplingParameters topK = new SamplingParameters(1, 1, 3, 1, 5);
        SamplingParameters all = new SamplingParameters(1, 1, 0, 1, 5);
        Map<String, Drawn> kept = run(List.of(new Decoder.Group(0, one, PROMPT, 60, topK, 0)), false);
        assertThat(kept.values().stream().map(sample -> sample.ids().getFirst()).distinct())
                .hasSize(3);
        double total = kept.values().stream()
                .collect(java.util.stream.Collectors.toMap(
                        sample -> sample.ids().getFirst(),
                        sample -> Math.exp(sample.logProbs().getFirst()),
                        (a, b) -> a))
                .values()
                .stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        assertThat(total).isEqualTo(1, within(1e-5));
        SamplingParameters narrow = new SamplingParameters(1, 1e-6f, 0, 1, 5);
        Map<String, Drawn> best = run(List.of(new Decoder.Group(0, one, PROMPT, 9, narrow, 0)), false);
        assertThat(best.values().stream().map(sample -> sample.ids().getFirst()).distinct())
                .hasSize(1);
        assertThat(run(List.of(new Decoder.Group(0, one, PROMPT, 60, all, 0)), false).values().stream()
                        .map(sample -> sample.ids().getFirst())
                        .distinct()
                        .count())
                .isGreaterThan(10);
    }

    @Test
    void rowsOfDifferentSamplingInOneBatchAreWhatTheyAreAlone() {
        List<Decoder.Group> groups = new ArrayList<>();
        samplings()
                .forEach(sampling -> groups.add(new Decoder.Group(
                        groups.size(), one, PROMPT, 2, sampling, 10L * groups.size(), groups.size())));
        Map<String, Drawn> together = run(groups, false);
        for (Decoder.Group group : groups) {
            run(List.of(group), false)
                    .forEach((sample, alone) ->
                            assertThat(together.get(sample).ids()).isEqualTo(alone.ids()));
        }
    }

    @Test
    void biasAndPenaltyDecideWhatIsDrawn() {
        int best = run(List.of(new Decoder.Group(0, one, PROMPT, 1, greedy(1), 0)), false)
                .get("0/0")
                .ids()
                .getFirst();

        assertThat(greedyUnder(new LogitChanges(1, Map.of(best, -100f)))).doesNotContain(best);
        assertThat(greedyUnder(new LogitChanges(1, Map.of(17, 100f)))).containsOnly(17);
        assertThat(greedyUnder(new LogitChanges(100, Map.of()))).doesNotHaveDuplicates();
        assertThat(greedyUnder(new LogitChanges(100, Map.of()))).doesNotContain(184, 320, 572, 190, 574, 379);
    }

    private static List<Integer> greedyUnder(LogitChanges changes) {
        SamplingParameters sampling = new SamplingParameters(0, Filters.OFF, changes, List.of(), 12, 1);
        return run(List.of(new Decoder.Group(0, one, PROMPT, 1, sampling, 0)), false)
                .get("0/0")
                .ids();
    }

    @Test
    void theLikeliestTokensStandBesideTheDrawnOne() {
        SamplingParameters banned =
                new SamplingParameters(0.5f, Filters.OFF, new LogitChanges(1, Map.of(320, -100f)), List.of(), 8, 3);
        try (Decoder decoder = new Decoder(base, new Decoder.Options(8, 64, false))) {
            decoder.admit(new Decoder.Group(0, one, PROMPT, 1, banned, 0, 640));
            decoder.admit(new Decoder.Group(1, one, PROMPT, 1, greedy(8), 0, 2));
            decoder.admit(new Decoder.Group(2, one, PROMPT, 1, greedy(8), 0));
            for (Decoder.Token token : decoder.step()) {
                List<Decoder.Alternative> beside = token.alternatives();
                assertThat(beside).hasSize(new int[] {640, 2, 0}[(int) token.group()]);
                if (token.group() == 2) continue;
                assertThat(beside)
                        .extracting(Decoder.Alternative::rawLogProb)
                        .isSortedAccordingTo(Comparator.reverseOrder());
                if (token.group() == 1) assertThat(beside.getFirst().tokenId()).isEqualTo(token.tokenId());
                if (token.group() == 0) {
                    assertThat(beside).contains(new Decoder.Alternative(token.tokenId(), token.rawLogProb()));
                    assertThat(beside.stream()
                                    .mapToDouble(other -> Math.exp(other.rawLogProb()))
                                    .sum())
                            .isEqualTo(1, within(1e-4));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStopStringEndsItsSampleAloneAndAtOnce(boolean fixedShape) {
        Decoder.Group free = new Decoder.Group(0, one, PROMPT, 4, sampling(24, 5), 0);
        Map<String, Drawn> whole = run(List.of(free), fixedShape);
        String text = base.tokenizer().decode(whole.get("0/1").array(), true);
        List<String> stop = List.of("never there", text.substring(text.length() / 2, text.length() / 2 + 3));
        Decoder.Group stopping = new Decoder.Group(
                0, one, PROMPT, 4, new SamplingParameters(1, Filters.OFF, LogitChanges.NONE, stop, 24, 5), 0);

        run(List.of(stopping), fixedShape).forEach((sample, drawn) -> {
            List<Integer> all = whole.get(sample).ids();
            int first = 1;
            while (first < all.size() && !text(all.subList(0, first)).contains(stop.get(1))) first++;
            assertThat(drawn.ids()).isEqualTo(all.subList(0, first));
            if (sample.equals("0/1")) assertThat(first).isLessThan(all.size());
        });
    }

    private static String text(List<Integer> ids) {
        return base.tokenizer().decode(ids.stream().mapToInt(Integer::intValue).toArray(), true);
    }

    @Test
    void inAFixedShapeTheBitsOfAGroupDependOnNothingElse() {
        Decoder.Group group = new Decoder.Group(5, one, PROMPT, 6, sampling(25, 9), 0);
        Map<String, Drawn> fresh = run(List.of(group), true);
        try (Decoder used = new Decoder(base, new Decoder.Options(32, 200, true))) {
            used.admit(new Decoder.Group(1, other, LONGER, 32, sampling(100, 1), 0));
            run(used);
            used.admit(group);
            assertThat(used.accepts(new Decoder.Group(6, one, PROMPT, 1, sampling(5, 9), 0)))
                    .isFalse();
            assertThat(run(used)).isEqualTo(fresh);
        }
    }

    @Test
    void aFixedShapeIsComputedOnOneThreadWhateverIsConfigured() {
        Decoder.Group group = new Decoder.Group(0, one, PROMPT, 2, sampling(3, 9), 0);
        Torch.threads(2);
        try {
            run(List.of(group), true);
            assertThat(JniUtils.getNumThreads()).isEqualTo(1);
            run(List.of(group), false);
            assertThat(JniUtils.getNumThreads()).isEqualTo(2);
            PolicyGradient.Sequence sequence = new PolicyGradient.Sequence(PROMPT, PROMPT);
            new PolicyGradient(base, true).logProbs(one, List.of(sequence), 1, 64);
            assertThat(JniUtils.getNumThreads()).isEqualTo(1);
        } finally {
            Torch.threads(1);
        }
    }

    @Test
    void cancelFreesTheRowsOfAGroupAndLeavesOthersAlone() {
        Decoder.Group kept = new Decoder.Group(1, one, LONGER, 3, sampling(20, 2), 0);
        Map<String, Drawn> alone = run(List.of(kept), false);
        try (Decoder decoder = new Decoder(base, new Decoder.Options(8, 128, false))) {
            decoder.admit(new Decoder.Group(0, other, PROMPT, 4, sampling(100, 1), 0));
            Map<String, Drawn> drawn = new LinkedHashMap<>();
            collect(decoder.step(), drawn);
            decoder.admit(kept);
            decoder.cancel(0);
            assertThat(decoder.runningRows()).isEqualTo(3);
            drawn.clear();
            while (decoder.runningRows() > 0) collect(decoder.step(), drawn);
            drawn.forEach((sample, tokens) ->
                    assertThat(tokens.ids()).isEqualTo(alone.get(sample).ids()));
        }
    }

    @Test
    void refusesWhatNeverFitsAndWhatDoesNotFitNow() {
        try (Decoder decoder = new Decoder(base, new Decoder.Options(4, 32, false))) {
            Decoder.Group fits = new Decoder.Group(0, one, PROMPT, 4, sampling(10, 1), 0);
            refused(decoder, new Decoder.Group(0, one, PROMPT, 4, sampling(30, 1), 0), Failure.Kind.CALLER);
            refused(decoder, new Decoder.Group(0, one, PROMPT, 5, sampling(10, 1), 0), Failure.Kind.CALLER);
            refused(decoder, new Decoder.Group(0, one, new int[] {640}, 1, sampling(10, 1), 0), Failure.Kind.CALLER);
            refused(decoder, new Decoder.Group(0, one, new int[0], 1, sampling(10, 1), 0), Failure.Kind.CALLER);
            LogitChanges noToken = new LogitChanges(1, Map.of(640, 1f));
            SamplingParameters biased = new SamplingParameters(1, Filters.OFF, noToken, List.of(), 10, 1);
            refused(decoder, new Decoder.Group(0, one, PROMPT, 1, biased, 0), Failure.Kind.CALLER);
            refused(decoder, new Decoder.Group(0, one, PROMPT, 1, sampling(10, 1), 0, 641), Failure.Kind.CALLER);
            decoder.admit(fits);
            refused(decoder, new Decoder.Group(1, one, PROMPT, 1, sampling(10, 1), 0), Failure.Kind.CAPACITY);
        }
    }

    private static void refused(Decoder decoder, Decoder.Group group, Failure.Kind kind) {
        assertThatThrownBy(() -> decoder.admit(group))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(kind));
    }

    /** What one sample drew. */
    private record Drawn(List<Integer> ids, List<Double> logProbs, List<Double> raw) {
        int[] array() {
            return ids.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private static Map<String, Drawn> run(List<Decoder.Group> groups, boolean fixedShape) {
        try (Decoder decoder = new Decoder(base, new Decoder.Options(64, 128, fixedShape))) {
            groups.forEach(decoder::admit);
            return run(decoder);
        }
    }

    private static Map<String, Drawn> run(Decoder decoder) {
        Map<String, Drawn> drawn = new LinkedHashMap<>();
        while (decoder.runningRows() > 0) collect(decoder.step(), drawn);
        return drawn;
    }

    private static void collect(List<Decoder.Token> tokens, Map<String, Drawn> drawn) {
        for (Decoder.Token token : tokens) {
            Drawn sample = drawn.computeIfAbsent(
                    token.group() + "/" + token.sample(),
                    key -> new Drawn(new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
            sample.ids().add(token.tokenId());
            sample.logProbs().add((double) token.logProb());
            sample.raw().add((double) token.rawLogProb());
        }
    }

    private static SamplingParameters sampling(int tokens, long seed) {
        return new SamplingParameters(1, 1, 0, tokens, seed);
    }

    private static SamplingParameters greedy(int tokens) {
        return new SamplingParameters(0, 1, 0, tokens, 1);
    }
}
