package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDManager;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruncatedSvdTest {
    @ParameterizedTest
    @CsvSource({"tall,256,96", "wide-bf16,64,176"})
    void tripletsAreThoseOfTheReference(String name, int out, int in) {
        try (Safetensors file = Safetensors.open(Golden.path("svd/" + name + ".safetensors"))) {
            TruncatedSvd svd = svd(file.get("W").floats(), out, in, 2);
            assertThat(svd.u()).containsExactly(file.get("paper.U").floats(), within(5e-5f));
            assertThat(svd.v()).containsExactly(file.get("paper.V").floats(), within(5e-5f));
            float[] s = file.get("paper.S").floats();
            for (int k = 0; k < s.length; k++) assertThat(svd.s()[k]).isCloseTo(s[k], Percentage.withPercentage(1e-3));
        }
    }

    @ParameterizedTest
    @CsvSource({"tall,PAPER,paper", "tall,SQRT,peft", "wide-bf16,PAPER,paper", "wide-bf16,SQRT,peft"})
    void factorsGiveTheReferenceUpdate(String name, SigmaForm form, String reference) {
        try (Safetensors file = Safetensors.open(Golden.path("svd/" + name + ".safetensors"))) {
            long[] shape = file.get("W").shape();
            TruncatedSvd svd = svd(file.get("W").floats(), (int) shape[0], (int) shape[1], 2);
            TinyLoraSpec spec = new TinyLoraSpec(2, 4, Tying.ALL, 1, form, 42, ValueType.FP32);
            TinyLora.Factors factors = TinyLoraBasis.factors(svd, spec, 0, 0);
            float[] delta = delta(factors, file.get("P").floats(), file.get("v").floats());
            assertThat(delta).containsExactly(file.get(reference + ".delta").floats(), within(1e-5f));
        }
    }

    @ParameterizedTest
    @CsvSource({"300,200", "200,300"})
    void iterationFindsWhatTheFullDecompositionFinds(int out, int in) {
        float[] weight = new TorchRandom(7).normal(out * in, 1);
        TruncatedSvd few = svd(weight, out, in, 3);
        // So many triplets ask for the full decomposition.
        TruncatedSvd many = svd(weight, out, in, 40);
        for (int k = 0; k < 3; k++) {
            assertThat(few.s()[k]).isCloseTo(many.s()[k], Percentage.withPercentage(1e-4));
            for (int o = 0; o < out; o++) assertThat(few.u()[o * 3 + k]).isCloseTo(many.u()[o * 40 + k], within(1e-5f));
            for (int i = 0; i < in; i++) assertThat(few.v()[i * 3 + k]).isCloseTo(many.v()[i * 40 + k], within(1e-5f));
        }
    }

    @Test
    void weightWithoutRankGivesFiniteFactors() {
        TruncatedSvd svd = svd(new float[300 * 300], 300, 300, 2);
        assertThat(svd.s()).containsExactly(new float[2], within(1e-20f));
        for (float value : svd.u()) assertThat(value).isFinite();
    }

    private static TruncatedSvd svd(float[] weight, int out, int in, int rank) {
        try (PtNDManager scope = Torch.newManager()) {
            return TruncatedSvd.of(Torch.of(scope, weight, out, in), rank);
        }
    }

    private static float[] delta(TinyLora.Factors factors, float[] p, float[] v) {
        int rank = factors.rank();
        int in = factors.a().length / rank;
        int out = factors.b().length / rank;
        float[] delta = new float[out * in];
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i++) {
                double sum = 0;
                for (int k = 0; k < rank; k++) {
                    for (int l = 0; l < rank; l++) {
                        double r = 0;
                        for (int n = 0; n < v.length; n++) r += v[n] * p[(n * rank + k) * rank + l];
                        sum += factors.b()[o * rank + k] * r * factors.a()[l * in + i];
                    }
                }
                delta[o * in + i] = (float) sum;
            }
        }
        return delta;
    }
}
