package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written under target/peft-export is what scripts/check_peft_export.py loads with PEFT itself. */
class TinyLoraFolderTest {
    private static final Path EXPORTS = Path.of("target/peft-export");
    private static final int[] IDS = {596, 464, 149, 251, 101, 103, 267, 333, 372, 500, 340, 370, 240, 456, 4, 436, 460
    };

    @ParameterizedTest
    @CsvSource({"ALL,1,PAPER,13,1.0,1", "TILED,4,PAPER,2,0.0,21", "STRUCTURED,2,SQRT,1,0.0,21"})
    void exportedPolicyIsThePolicy(Tying tying, int tieSize, SigmaForm form, int u, double weightTying, int vectors)
            throws IOException {
        TinyLoraSpec spec = new TinyLoraSpec(2, u, tying, tieSize, form, 42, ValueType.BF16);
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1))) {
            Basis basis = Basis.derive(base, spec);
            float[] values = ValueType.BF16.round(new TorchRandom(1).normal(basis.trainedNumbers(), 0.5));
            Policy policy = new Policy(basis, values);
            Path folder = write(EXPORTS.resolve(tying.name()), export(base, policy));
            assertThat(ModelFiles.jsonIfPresent(folder.resolve("adapter_config.json"))
                            .path("weight_tying")
                            .doubleValue())
                    .isEqualTo(weightTying);
            try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
                assertThat(file.tensors()).hasSize(3 * 21 + vectors);
                assertThat(file.get("base_model.tinylora_v." + (vectors - 1), u).floats())
                        .isEqualTo(Arrays.copyOfRange(values, values.length - u, values.length));
            }
            double[] logProbs = logProbs(base, policy);
            writeLogProbs(folder.resolve("logprobs.json"), IDS, logProbs);
            assertThat(logProbs(base, AdapterFolder.read(base, folder).policy()))
                    .containsExactly(logProbs, within(1e-6));
        }
    }

    @Test
    void baseAloneIsNoAdapter() {
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1))) {
            assertThatThrownBy(() -> export(base, Policy.BASE))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("no adapter");
        }
    }

    private static Map<String, byte[]> export(BaseModel base, Policy policy) {
        return AdapterExport.files(base, policy, ValueType.BF16, "qwen2-tied", AdapterExport.Format.PEFT);
    }

    private static double[] logProbs(BaseModel base, Policy policy) {
        PolicyGradient.Sequence sequence =
                new PolicyGradient.Sequence(Arrays.copyOf(IDS, 1), Arrays.copyOfRange(IDS, 1, IDS.length));
        return new PolicyGradient(base)
                .logProbs(policy, List.of(sequence), 1, 4096)
                .getFirst();
    }

    private static Path write(Path folder, Map<String, byte[]> files) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
        return folder;
    }

    /** In the form of {@code bin/thirteen logprobs --output json}. */
    static void writeLogProbs(Path file, int[] ids, double[] logProbs) throws IOException {
        ObjectNode scored = ModelFiles.JSON.createObjectNode();
        scored.putArray("promptTokenIds").add(ids[0]);
        ObjectNode completion = scored.putArray("completions").addObject();
        Arrays.stream(ids).skip(1).forEach(completion.putArray("tokenIds")::add);
        Arrays.stream(logProbs).forEach(completion.putArray("logProbs")::add);
        Files.writeString(file, scored.toString());
    }
}
