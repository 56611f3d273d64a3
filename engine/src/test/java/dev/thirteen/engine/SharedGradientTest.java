package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies that differ in values, seed, u and tying in the passes of one gradient: each has what it has alone. */
class SharedGradientTest {
    private static final TinyLoraSpec SPEC = new TinyLoraSpec(2, 13, Tying.ALL, 1, SigmaForm.PAPER, 42, ValueType.BF16);

    private static BaseModel base;
    private static Basis basis;

    @BeforeAll
    static void load() {
        base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
        basis = Basis.derive(base, SPEC);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static TinyLoraSpec spec(int u, Tying tying, long seed) {
        return new TinyLoraSpec(2, u, tying, 1, SigmaForm.PAPER, seed, ValueType.BF16);
    }

    private static TinyLoraSpec of(TargetModules targets, long seed) {
        return new TinyLoraSpec(2, 3, Tying.TILED, 1, SigmaForm.PAPER, seed, ValueType.BF16, targets);
    }

    private static PolicyGradient.Part part(Basis of, int number) {
        SplittableRandom random = new SplittableRandom(number);
        float[] values = new float[of.trainedNumbers()];
        for (int i = 0; i < values.length; i++) values[i] = (float) random.nextDouble(-0.05, 0.05);
        // One prompt of two stands in every part: what policies share must not be computed once for all.
        List<PolicyGradient.Sequence> sequences = new ArrayList<>();
        for (int s = 0; s < 4; s++) {
            int[] prompt = s < 2 ? new int[] {5, 6, 7, 8, 9} : ints(random, 3 + number % 4);
            sequences.add(new PolicyGradient.Sequence(prompt, ints(random, 1 + random.nextInt(6))));
        }
        return new PolicyGradient.Part(new Policy(of, values), sequences, (sequence, logProbs, entropies) -> {
            double[] slopes = new double[logProbs.length];
            for (int t = 0; t < slopes.length; t++) slopes[t] = (sequence - 1.5) * (1 + 0.1 * logProbs[t]);
            return new PolicyGradient.Slopes(slopes, entropies.length > 0 ? 0.3 : 0);
        });
    }

    private static int[] ints(SplittableRandom random, int count) {
        return random.ints(count, 3, base.config().vocabulary()).toArray();
    }

    private static List<PolicyGradient.Part> parts() {
        List<PolicyGradient.Part> parts = new ArrayList<>();
        parts.add(part(basis, 0));
        parts.add(part(basis, 1));
        parts.add(part(basis.like(base, spec(13, Tying.ALL, 43)), 2));
        parts.add(part(basis.like(base, spec(1, Tying.TILED, 42)), 3));
        parts.add(part(basis.like(base, spec(4, Tying.TILED, 7)), 4));
        parts.add(part(basis.like(base, spec(5, Tying.ALL, 44)), 5));
        // Of some modules: they share passes with each other, and with no one else.
        Basis queries = Basis.derive(base, of(TargetModules.named("q_proj", "v_proj"), 42));
        parts.add(part(queries, 6));
        parts.add(part(queries.like(base, of(TargetModules.named("q_proj", "v_proj"), 43)), 7));
        parts.add(part(Basis.derive(base, of(TargetModules.matching(".*\\.1\\.mlp.*"), 42)), 8));
        return parts;
    }

    private static PolicyGradient.Result alone(PolicyGradient engine, PolicyGradient.Part part, int tokens) {
        return engine.gradient(part.policy(), part.sequences(), 0.9, tokens, true, part.weights());
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 64, 16})
    void everyPolicyHasTheGradientThatItHasAlone(int tokens) {
        PolicyGradient engine = new PolicyGradient(base);
        List<PolicyGradient.Part> parts = parts();
        List<PolicyGradient.Result> together = engine.gradients(parts, 0.9, tokens, true);
        for (int i = 0; i < parts.size(); i++) {
            PolicyGradient.Result alone = alone(engine, parts.get(i), 4096);
            PolicyGradient.Result shared = together.get(i);
            assertThat(distance(shared.gradient(), alone.gradient()))
                    .as("gradient %d", i)
                    .isLessThan(1e-5);
            for (int s = 0; s < parts.get(i).sequences().size(); s++) {
                assertThat(distance(shared.logProbs().get(s), alone.logProbs().get(s)))
                        .as("log-probs %d of %d", s, i)
                        .isLessThan(1e-5);
            }
        }
    }

    @Test
    void whoElseTakesPartChangesNoBitWhereBitsCount() {
        PolicyGradient engine = new PolicyGradient(base, true);
        List<PolicyGradient.Part> parts = parts();
        List<PolicyGradient.Result> together = engine.gradients(parts, 0.9, 4096, true);
        for (int i = 0; i < parts.size(); i++) {
            PolicyGradient.Result alone = alone(engine, parts.get(i), 4096);
            assertThat(together.get(i).gradient()).isEqualTo(alone.gradient());
            assertThat(together.get(i).logProbs()).usingRecursiveComparison().isEqualTo(alone.logProbs());
        }
    }

    @Test
    void basesOfOneRankShareTheirFactors() {
        Basis other = basis.like(base, spec(4, Tying.TILED, 7));
        Basis read = Basis.read(base, other.toBytes());
        assertThat(read.digest()).isEqualTo(other.digest());
        assertThat(other.frozen()).isEqualTo(basis.frozen()).hasSameHashCodeAs(basis.frozen());
        assertThat(read.frozen()).isEqualTo(basis.frozen());
        assertThat(read.family().update(0, new float[0]).a())
                .isSameAs(basis.family().update(0, new float[0]).a());
        assertThat(basis.like(base, SPEC).digest()).isEqualTo(basis.digest());
        assertThat(Basis.derive(base, spec(4, Tying.TILED, 7)).digest()).isEqualTo(other.digest());
        assertThat(Basis.derive(base, new TinyLoraSpec(1, 1, Tying.ALL, 1, SigmaForm.PAPER, 1, ValueType.BF16))
                        .frozen())
                .isNotEqualTo(basis.frozen());
    }

    /** Relative l2 distance. */
    private static double distance(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        for (int i = 0; i < actual.length; i++) difference += Math.pow(actual[i] - expected[i], 2);
        return Math.sqrt(difference / Arrays.stream(expected).map(x -> x * x).sum());
    }
}
