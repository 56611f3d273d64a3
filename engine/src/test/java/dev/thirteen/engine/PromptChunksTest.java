package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts that are computed in parts, between the tokens of rows that run. */
class PromptChunksTest {
    private static BaseModel base;
    private static List<Policy> policies;

    @BeforeAll
    static void load() {
        base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
        Policy one = AdapterFolder.read(base, Golden.path("adapters/tinylora-u13-tied"))
                .policy();
        float[] values = one.values().clone();
        for (int i = 0; i < values.length; i++) values[i] = -values[i];
        policies = List.of(Policy.BASE, one, new Policy(one.basis(), values));
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static int[] prompt(Random random, int length) {
        return random.ints(length, 0, 590).toArray();
    }

    private static Decoder.Options options(int promptTokens, boolean fixedShape) {
        return new Decoder.Options(32, 128, fixedShape, new Decoder.Cache(16_384, promptTokens, false));
    }

    @Test
    void whereAPromptIsCutChangesNothing() {
        whereAPromptIsCutChangesNothing(base, policies);
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-like", "llama-biases", "mistral"})
    void whereAPromptIsCutChangesNothingInOtherFamilies(String name) {
        try (BaseModel model = BaseModel.load(Golden.model(name), new EngineOptions(Precision.FP32, 1))) {
            whereAPromptIsCutChangesNothing(model, List.of(Policy.BASE));
        }
    }

    private static void whereAPromptIsCutChangesNothing(BaseModel model, List<Policy> policies) {
        Random random = new Random(7);
        int longest = Math.min(100, model.maxPositions() - 20);
        for (int round = 0; round < 12; round++) {
            List<Decoder.Group> groups = new ArrayList<>();
            for (int id = 0; id < 5; id++) {
                SamplingParameters sampling = new SamplingParameters(1, 1, 0, 1 + random.nextInt(20), round);
                Policy policy = policies.get(random.nextInt(policies.size()));
                int[] prompt = prompt(random, 1 + random.nextInt(longest));
                groups.add(new Decoder.Group(id, policy, prompt, 1 + random.nextInt(4), sampling, 10L * id));
            }
            Drawn whole = Drawn.of(model, options(1000, false), groups);
            Drawn.of(model, options(1 + random.nextInt(60), false), groups).isLike(whole, 1e-5);
        }
    }

    @Test
    void rowsGoOnWhileALongPromptIsComputed() {
        Random random = new Random(3);
        SamplingParameters sampling = new SamplingParameters(1, 1, 0, 20, 1);
        try (Decoder decoder = new Decoder(base, options(10, false))) {
            decoder.admit(new Decoder.Group(1, policies.get(1), prompt(random, 5), 2, sampling, 0));
            assertThat(decoder.step()).hasSize(2);
            decoder.admit(new Decoder.Group(2, policies.get(2), prompt(random, 96), 3, sampling, 0));
            decoder.admit(new Decoder.Group(3, Policy.BASE, prompt(random, 5), 1, sampling, 0));
            // 95 tokens of the long prompt; in the first step 4 of the short one are beside it.
            assertThat(decoder.step()).extracting(Decoder.Token::group).containsExactlyInAnyOrder(1L, 1L, 3L);
            for (int step = 0; step < 8; step++) {
                assertThat(decoder.step()).extracting(Decoder.Token::group).containsExactlyInAnyOrder(1L, 1L, 3L);
            }
            assertThat(decoder.step()).hasSize(6);
        }
    }

    /** With 600 tokens before the last one a fixed shape cuts at 512, whatever is configured. */
    @Test
    void inAFixedShapeBitsDoNotDependOnTheSetting() {
        Random random = new Random(5);
        SamplingParameters sampling = new SamplingParameters(1, 1, 0, 12, 1);
        Decoder.Group group = new Decoder.Group(1, Policy.BASE, prompt(random, 601), 3, sampling, 0);
        List<Drawn> drawn = new ArrayList<>();
        for (int promptTokens : new int[] {0, 7, 4096}) {
            Decoder.Cache cache = new Decoder.Cache(16_384, promptTokens, true);
            try (Decoder decoder = new Decoder(base, new Decoder.Options(4, 640, true, cache))) {
                drawn.add(Drawn.of(decoder, List.of(group)));
                // What was computed before is not there.
                drawn.add(Drawn.of(decoder, List.of(group)));
                assertThat(decoder.counts()).isEqualTo(new Decoder.Counts(0, 0, 1200, 0));
            }
        }
        assertThat(drawn).containsOnly(drawn.getFirst());
    }
}
