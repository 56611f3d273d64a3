package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Prompts that begin like others of the same policy. */
class PrefixCacheTest {
    private static final int[] BEGINNING = new Random(1).ints(40, 0, 590).toArray();

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

    private static Decoder.Options options(long tokens, boolean shared) {
        return new Decoder.Options(8, 128, false, new Decoder.Cache(tokens, 0, shared));
    }

    private static Decoder.Group group(long id, Policy policy, int[] prompt, int samples) {
        return new Decoder.Group(id, policy, prompt, samples, new SamplingParameters(1, 1, 0, 10, 3), 0);
    }

    private static int[] question(int... rest) {
        int[] prompt = Arrays.copyOf(BEGINNING, BEGINNING.length + rest.length);
        System.arraycopy(rest, 0, prompt, BEGINNING.length, rest.length);
        return prompt;
    }

    private static Drawn alone(Decoder.Group group) {
        return Drawn.of(base, options(4096, false), List.of(group));
    }

    @Test
    void aPromptTakesWhatAnEarlierOneOfItsPolicyBeganWith() {
        Decoder.Group first = group(1, one, question(1, 2, 3), 2);
        Decoder.Group second = group(2, one, question(4, 5), 3);
        Decoder.Group foreign = group(3, other, question(4, 5), 2);
        try (Decoder decoder = new Decoder(base, options(4096, true))) {
            Drawn.of(decoder, List.of(first)).isLike(alone(first), 1e-5);
            assertThat(decoder.counts()).isEqualTo(new Decoder.Counts(0, 0, 42, 0));
            Drawn.of(decoder, List.of(second)).isLike(alone(second), 1e-5);
            assertThat(decoder.counts()).isEqualTo(new Decoder.Counts(1, 40, 43, 0));
            Drawn.of(decoder, List.of(foreign)).isLike(alone(foreign), 1e-5);
            assertThat(decoder.counts()).isEqualTo(new Decoder.Counts(1, 40, 84, 0));
            // The same numbers in another object are the same policy.
            Policy again = new Policy(one.basis(), one.values());
            Decoder.Group third = group(4, again, question(1, 2, 3), 2);
            Drawn.of(decoder, List.of(third)).isLike(alone(third), 1e-5);
            assertThat(decoder.counts()).isEqualTo(new Decoder.Counts(2, 82, 84, 0));
        }
    }

    /** Rollout pods drop bases that were not used for long. */
    @Test
    void anAdapterThatWasReadAgainIsTheSamePolicyAndOneOnAnotherBasisIsNot() {
        Policy again = AdapterFolder.read(base, Golden.path("adapters/tinylora-u13-tied"))
                .policy();
        Basis basis = Objects.requireNonNull(one.basis());
        TinyLoraSpec spec = new TinyLoraSpec(2, 13, Tying.ALL, 1, SigmaForm.PAPER, 7, ValueType.FP32);
        Policy seven = new Policy(Basis.derive(base, spec), one.values());
        TinyLoraSpec other = new TinyLoraSpec(2, 13, Tying.ALL, 1, SigmaForm.PAPER, 8, ValueType.FP32);
        Policy eight = new Policy(Basis.derive(base, other), one.values());
        assertThat(again.basis()).isNotSameAs(basis);
        assertThat(again).isEqualTo(one).hasSameHashCodeAs(one);
        assertThat(eight).isNotEqualTo(seven);
        try (Decoder decoder = new Decoder(base, options(4096, true))) {
            for (Policy policy : List.of(one, again, seven, eight)) {
                Decoder.Group group = group(1, policy, question(1, 2), 1);
                Drawn.of(decoder, List.of(group)).isLike(alone(group), 1e-5);
            }
            assertThat(decoder.counts().sharedPrompts()).isEqualTo(1);
        }
    }

    @Test
    void aConversationGoesOnWhereItWas() {
        Decoder.Group asked = group(1, one, question(1, 2, 3), 1);
        try (Decoder decoder = new Decoder(base, options(4096, true))) {
            int[] answer = Drawn.of(decoder, List.of(asked)).ids("1/0");
            int[] prompt = Arrays.copyOf(question(1, 2, 3), 43 + answer.length + 2);
            System.arraycopy(answer, 0, prompt, 43, answer.length);
            prompt[prompt.length - 1] = 9;
            Decoder.Group next = group(2, one, prompt, 1);
            Drawn.of(decoder, List.of(next)).isLike(alone(next), 1e-5);
            // All but the last drawn token, which no step has read.
            assertThat(decoder.counts().sharedTokens()).isEqualTo(43 + answer.length - 1);
        }
    }

    @Test
    void promptsThatComeTogetherAreComputedOnce() {
        List<Decoder.Group> groups = List.of(
                group(1, one, question(1, 2), 2), group(2, one, question(3), 2), group(3, one, question(1, 2), 2));
        try (Decoder decoder = new Decoder(base, options(4096, true))) {
            Drawn drawn = Drawn.of(decoder, groups);
            groups.forEach(group -> drawn.group(group.id()).isLike(alone(group), 1e-5));
            assertThat(decoder.counts()).isEqualTo(new Decoder.Counts(2, 81, 41, 0));
        }
    }

    /** Room for 4 rows of 64 tokens: what is kept goes when running rows need its place, the oldest first. */
    @Test
    void theLeastRecentlyUsedGoesFirst() {
        try (Decoder decoder = new Decoder(base, options(320, true))) {
            for (int i = 0; i < 4; i++) {
                int[] prompt = new Random(100 + i).ints(40, 0, 590).toArray();
                Drawn.of(decoder, List.of(group(i, one, prompt, 1)));
            }
            assertThat(decoder.counts().sharedPrompts()).isZero();
            int[] newest = new Random(103).ints(40, 0, 590).toArray();
            Drawn.of(decoder, List.of(group(5, one, newest, 3)));
            assertThat(decoder.counts().sharedPrompts()).isEqualTo(1);
            int[] oldest = new Random(100).ints(40, 0, 590).toArray();
            Drawn.of(decoder, List.of(group(6, one, oldest, 1)));
            assertThat(decoder.counts().sharedPrompts()).isEqualTo(1);
        }
    }
}
