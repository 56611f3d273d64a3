package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.BaseNDManager;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
    @Test
    void stepsAndGradientsLeaveNoTensorBehind() {
        int before = tensors();
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1))) {
            Policy policy = AdapterFolder.read(base, Golden.path("adapters/tinylora-u1-none"))
                    .policy();
            round(base, policy);
            int loaded = tensors();
            assertThat(loaded).isGreaterThan(before);
            for (int i = 0; i < 50; i++) round(base, policy);
            assertThat(tensors()).isEqualTo(loaded);
        }
        assertThat(tensors()).isEqualTo(before);
    }

    private static void round(BaseModel base, Policy policy) {
        try (Decoder decoder = new Decoder(base, new Decoder.Options(4, 32, false))) {
            SamplingParameters sampling = new SamplingParameters(1, 1, 0, 5, 1);
            decoder.admit(new Decoder.Group(1, policy, new int[] {1, 2, 3}, 4, sampling, 0));
            while (decoder.runningRows() > 0) decoder.step();
        }
        var sequence = new PolicyGradient.Sequence(new int[] {1, 2}, new int[] {3, 4, 5});
        new PolicyGradient(base).gradient(policy, List.of(sequence), 1, 64, (i, logProbs) -> {
            Arrays.fill(logProbs, 1);
            return logProbs;
        });
    }

    /** Tensors and managers under the engine's root, at any depth. */
    static int tensors() {
        return ((BaseNDManager) Torch.manager()).getManagedArrays().size();
    }
}
