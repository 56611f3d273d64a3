package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.sampling.SamplingParameters;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A processor without the vectors that libtorch's bf16 products want: one that hides them from a process does. */
class NarrowProcessorTest {
    @Test
    void deterministicModeDecodesInBf16WithoutPackedWeights() throws Exception {
        ProcessBuilder child = ChildJvm.of(Deterministic.class).redirectErrorStream(true);
        child.environment().put("ONEDNN_MAX_CPU_ISA", "AVX2");
        child.environment().put("ATEN_CPU_CAPABILITY", "avx2");
        Process process = child.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("packs false", "tokens 8");
    }

    /** Says what it did. */
    static final class Deterministic {
        private Deterministic() {}

        public static void main(String[] arguments) {
            System.out.println("packs " + PackedWeights.known());
            try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.BF16, 1))) {
                SamplingParameters sampling = new SamplingParameters(1, 1, 0, 8, 3);
                Decoder.Group group = new Decoder.Group(0, Policy.BASE, new int[] {5, 6, 7}, 1, sampling, 0);
                Drawn drawn = Drawn.of(base, new Decoder.Options(1, 64, true), List.of(group));
                System.out.println("tokens " + drawn.ids("0/0").length);
            }
        }
    }
}
