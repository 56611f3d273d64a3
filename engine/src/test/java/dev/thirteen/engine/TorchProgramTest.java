package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.failure.Failure;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TorchProgramTest {
    private final TorchProgram probe = TorchProgram.load(Map.of("factor", 2), "probe.py");

    @Test
    void runsInNormalModeAndUnderInferenceMode() {
        try (PtNDManager scope = Torch.newManager()) {
            PtNDArray x = Torch.of(scope, new float[] {3, 0, 0, 4}, 2, 2);
            TorchProgram.nameList("xs", x);
            NDList called = probe.call(x, Torch.of(scope, new long[] {0}));
            assertThat(called.get(0).toFloatArray()).containsExactly(6, 0, 0, 8);
            assertThat(called.get(1).toFloatArray()[0]).isEqualTo(4, within(1e-6f));
            try (IValue list = IValue.listFrom(x);
                    IValue n = IValue.from(Torch.of(scope, new long[] {0}))) {
                assertThat(probe.infer(scope, list, n).get(0).toFloatArray()).containsExactly(6, 0, 0, 8);
            }
        }
    }

    @Test
    void differentiates() {
        try (PtNDManager scope = Torch.newManager()) {
            PtNDArray x = Torch.of(scope, new float[] {3, 0, 0, 4}, 2, 2);
            TorchProgram.nameList("xs", x);
            x.setRequiresGradient(true);
            JniUtils.setGradMode(true);
            NDList out = probe.call(x, Torch.of(scope, new long[] {0}));
            JniUtils.backward((PtNDArray) out.get(0), Torch.of(scope, new float[] {1, 2, 3, 4}, 2, 2), false, false);
            JniUtils.setGradMode(false);
            assertThat(x.getGradient().toFloatArray()).containsExactly(2, 4, 6, 8);
        }
    }

    @Test
    void tellsWhatLibtorchRefusesInOneLine() {
        try (PtNDManager scope = Torch.newManager()) {
            PtNDArray flat = Torch.of(scope, new float[] {3, 0, 0, 4}, 4);
            TorchProgram.nameList("xs", flat);
            PtNDArray beyond = Torch.of(scope, new long[] {7});
            assertThatThrownBy(() -> probe.call(flat, beyond)).isInstanceOfSatisfying(Failure.class, failure -> {
                assertThat(failure.kind()).isEqualTo(Failure.Kind.BUG);
                assertThat(failure.getMessage()).startsWith("libtorch: ").doesNotContain("\n");
            });
        }
    }

    @Test
    void namesTheLineOfAProgramThatDoesNotCompile() {
        assertThatThrownBy(() -> TorchProgram.load(Map.of("factor", "y"), "probe.py"))
                .hasMessageContaining("y");
    }
}
