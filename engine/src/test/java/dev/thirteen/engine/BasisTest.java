package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BasisTest {
    private static final TinyLoraSpec SPEC =
            new TinyLoraSpec(2, 3, Tying.TILED, 4, SigmaForm.PAPER, 42, ValueType.BF16);

    private BaseModel base;
    private Basis basis;

    @BeforeAll
    void load() {
        base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1));
        basis = Basis.derive(base, SPEC);
    }

    @AfterAll
    void close() {
        base.close();
    }

    @Test
    void everyModuleHasFactorsAndTheSlotOfItsTile() {
        TinyLora family = (TinyLora) basis.family();
        assertThat(IntStream.range(0, 21).map(i -> family.factors(i).slot()))
                .containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5);
        assertThat(basis.trainedNumbers()).isEqualTo(18);
    }

    @Test
    void aRankThatAModuleCannotHaveIsRefusedNotLowered() {
        int side = base.shape().maxRank();
        TinyLoraSpec high = new TinyLoraSpec(side + 1, 3, Tying.TILED, 4, SigmaForm.PAPER, 42, ValueType.BF16);
        assertThatThrownBy(() -> Basis.derive(base, high))
                .isInstanceOf(Failure.class)
                .hasMessage("the rank is %d, the smallest side of a module %d", side + 1, side);
    }

    @Test
    void progressCountsModules() {
        List<Integer> done = new ArrayList<>();
        Basis.derive(base, SPEC, done::add);
        assertThat(done).hasSize(21).endsWith(20, 21);
    }

    @Test
    void derivingAgainGivesTheSameBytes() {
        assertThat(Basis.derive(base, SPEC).digest()).isEqualTo(basis.digest()).matches("sha256:[0-9a-f]{64}");
    }

    @Test
    void fileIsReadBackWhole() {
        Basis read = Basis.read(base, basis.toBytes());
        assertThat(read.tinyLora()).contains(SPEC);
        assertThat(read.digest()).isEqualTo(basis.digest()).isEqualTo(Digests.sha256(basis.toBytes()));
        assertThat(read.bytes()).isEqualTo(basis.toBytes().length);
        TinyLora.Factors last = ((TinyLora) read.family()).factors(20);
        assertThat(last.p()).isEqualTo(((TinyLora) basis.family()).factors(20).p());
        assertThat(last.slot()).isEqualTo(5);
    }

    @Test
    void fileOfAnotherBaseIsRefused() throws IOException {
        ByteArrayOutputStream other = new ByteArrayOutputStream();
        BasisFile.write(other, base.shape(), "sha256:other", SPEC, (TinyLora) basis.family());
        assertThatThrownBy(() -> Basis.read(base, other.toByteArray()))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("it was derived from base sha256:other");
    }

    @Test
    void bytesThatAreNoBasisAreRefused() {
        assertThatThrownBy(() -> Basis.read(base, new byte[20])).isInstanceOf(Failure.class);
        byte[] adapter = ModelFiles.bytes(Golden.path("adapters/tinylora-u13-tied/adapter_model.safetensors"));
        assertThatThrownBy(() -> Basis.read(base, adapter))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("its format is not thirteen-basis-1 or");
    }
}
