package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Groups that change their policy while they run. */
class FollowTest {
    private static final int[] PROMPT = new Random(1).ints(40, 0, 590).toArray();
    private static final Decoder.Options OPTIONS = new Decoder.Options(8, 128, false, new Decoder.Cache(4096, 0, true));

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

    private static Decoder.Group group(long id, Policy policy) {
        return new Decoder.Group(id, policy, PROMPT, 2, new SamplingParameters(1, 1, 0, 10, 3), 0);
    }

    private static Drawn steps(Decoder decoder, Drawn drawn, int steps) {
        for (int i = 0; i < steps; i++) drawn.take(decoder.step());
        return drawn;
    }

    private static Drawn rest(Decoder decoder, Drawn drawn) {
        while (decoder.runningRows() > 0) drawn.take(decoder.step());
        return drawn;
    }

    @Test
    void aGroupThatHasNotBegunIsAsIfItHadAlwaysHadItsNewPolicy() {
        Drawn expected = Drawn.of(base, OPTIONS, List.of(group(1, other)));
        try (Decoder decoder = new Decoder(base, OPTIONS)) {
            decoder.admit(group(1, one));
            decoder.follow(1, other);
            rest(decoder, new Drawn()).isLike(expected, 1e-5);
        }
    }

    @Test
    void theNextTokenIsOfTheNewPolicyOverTheOldOnesKeysAndValues() {
        Drawn ofOne = Drawn.of(base, OPTIONS, List.of(group(1, one)));
        try (Decoder decoder = new Decoder(base, OPTIONS)) {
            decoder.admit(group(1, one));
            Drawn drawn = steps(decoder, new Drawn(), 4);
            assertThat(drawn.ids("1/0")).isEqualTo(Arrays.copyOf(ofOne.ids("1/0"), 4));
            decoder.follow(1, other);
            drawn.take(decoder.step());
            float changed = drawn.samples().get("1/0").get(4).rawLogProb();
            assertThat(changed).isNotEqualTo(ofOne.samples().get("1/0").get(4).rawLogProb());

            // The same values again, before the next token: as if nothing had happened.
            try (Decoder again = new Decoder(base, OPTIONS)) {
                again.admit(group(1, one));
                Drawn same = steps(again, new Drawn(), 4);
                again.follow(1, other);
                again.follow(1, new Policy(one.basis(), one.values()));
                rest(again, same).isLike(ofOne, 1e-5);
            }
        }
    }

    @Test
    void noOtherPromptGetsTheKeysOfAGroupThatChanged() {
        Drawn ofOther = Drawn.of(base, OPTIONS, List.of(group(2, other)));
        Drawn ofOne = Drawn.of(base, OPTIONS, List.of(group(3, one)));
        try (Decoder decoder = new Decoder(base, OPTIONS)) {
            decoder.admit(group(1, one));
            Drawn first = steps(decoder, new Drawn(), 3);
            decoder.follow(1, other);
            decoder.admit(group(2, other));
            rest(decoder, first).group(2).isLike(ofOther, 1e-5);
            Drawn.of(decoder, List.of(group(3, one))).isLike(ofOne, 1e-5);
            // Both prompts were computed whole: group 2's is kept, the one of group 1 is not.
            assertThat(decoder.counts().sharedPrompts()).isZero();
        }
    }

    @Test
    void aGroupAloneKeepsItsPolicy() {
        try (Decoder decoder = new Decoder(base, new Decoder.Options(2, 128, true))) {
            decoder.admit(group(1, one));
            assertThatThrownBy(() -> decoder.follow(1, other)).isInstanceOf(Failure.class);
        }
    }
}
