package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.LoraXs;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What samples holds R and not P, and is the same policy. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyToSampleTest {
    private static final TinyLoraSpec SPEC =
            new TinyLoraSpec(2, 3, Tying.TILED, 4, SigmaForm.PAPER, 42, ValueType.BF16);

    private BaseModel base;
    private Basis basis;
    private float[] values;

    @BeforeAll
    void load() {
        base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
        basis = Basis.derive(base, SPEC);
        values = new float[basis.trainedNumbers()];
        Random random = new Random(1);
        for (int i = 0; i < values.length; i++) values[i] = (float) random.nextGaussian();
    }

    @AfterAll
    void close() {
        base.close();
    }

    @Test
    void itChangesEveryModuleAlikeAndHasNoProjections() {
        Policy sampled = Policy.toSample(basis, values);
        AdapterFamily family = Objects.requireNonNull(sampled.basis()).family();
        assertThat(family).isInstanceOf(LoraXs.class);
        for (int m = 0; m < base.shape().modules().size(); m++) {
            assertThat(family.update(m, sampled.values()).core())
                    .isEqualTo(basis.family().update(m, values).core());
            assertThat(family.update(m, sampled.values()).a())
                    .isSameAs(basis.family().update(m, values).a());
        }
    }

    @Test
    void itStandsUnderTheSameNameInOneBatchWithOthers() {
        Policy sampled = Policy.toSample(basis, values);
        Basis own = Objects.requireNonNull(sampled.basis());
        assertThat(own.digest()).isEqualTo(basis.digest());
        assertThat(own.frozen()).isEqualTo(basis.frozen());
        Policy again = Policy.toSample(Basis.read(base, basis.toBytes()), values);
        assertThat(again).isEqualTo(sampled).hasSameHashCodeAs(sampled);
        assertThat(Policy.toSample(basis, new float[values.length])).isNotEqualTo(sampled);
    }

    @Test
    void itsLogProbabilitiesAreThoseOfTheTrainedPolicyBitForBit() {
        PolicyGradient program = new PolicyGradient(base, true);
        List<PolicyGradient.Sequence> sequences =
                List.of(new PolicyGradient.Sequence(new int[] {5, 6, 7}, new int[] {8, 9, 10, 11}));
        List<double[]> trained = program.logProbs(new Policy(basis, values), sequences, 1, 512);
        List<double[]> sampled = program.logProbs(Policy.toSample(basis, values), sequences, 1, 512);
        List<double[]> plain = program.logProbs(Policy.BASE, sequences, 1, 512);
        assertThat(sampled.getFirst()).containsExactly(trained.getFirst());
        assertThat(sampled.getFirst()).isNotEqualTo(plain.getFirst());
    }

    @Test
    void itIsNeitherTrainedNorWritten() {
        Policy sampled = Policy.toSample(basis, values);
        Basis own = Objects.requireNonNull(sampled.basis());
        assertThat(own.serves(SPEC)).isFalse();
        refused(own::toBytes);
        refused(() -> AdapterExport.files(base, sampled, ValueType.BF16, "base", AdapterExport.Format.LORA));
        List<PolicyGradient.Sequence> sequences =
                List.of(new PolicyGradient.Sequence(new int[] {5, 6}, new int[] {8, 9}));
        refused(() -> new PolicyGradient(base, true)
                .gradient(sampled, sequences, 1, 512, (_, logProbs) -> new double[logProbs.length]));
    }

    private static void refused(ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOf(Failure.class)
                .hasMessage("a policy that only samples was to be trained or written");
    }
}
