package dev.thirteen.cli.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Golden folders of families that PEFT lacks: they go out as plain LoRA, or with a reason not at all, and that is right. */
class GoldenFamiliesTest {
    /** With biases: two layers, hidden 32, q [32, 32], k and v [16, 32]. */
    private static final String BASE = "models/llama-biases";

    private static final String SETTINGS = "\"lora_alpha\": 4, \"target_modules\": [\"q_proj\", \"v_proj\"]}";

    @TempDir
    private Path folder;

    @TempDir
    private Path merged;

    private final List<String> lines = new ArrayList<>();
    private BaseModel base;

    @BeforeEach
    void copyBase() throws IOException {
        Path target = Files.createDirectories(folder.resolve(BASE));
        for (Path file : GoldenFolder.list(GoldenFolderTest.GOLDEN.resolve(BASE)))
            Files.copy(file, target.resolve(file.getFileName()));
        // In fp32, so that what is merged is not rounded.
        Path weights = target.resolve("model.safetensors");
        TensorFile wide = new TensorFile();
        try (Safetensors narrow = Safetensors.open(weights)) {
            for (StoredTensor tensor : narrow.tensors()) wide.add(tensor.name(), tensor.floats(), tensor.shape());
        }
        Files.write(weights, wide.bytes());
        base = PolicyCases.load(target, Precision.FP32);
    }

    @AfterEach
    void close() {
        base.close();
    }

    private static String name(int layer, String module, String tensor) {
        return "model.layers.%d.self_attn.%s_proj.%s".formatted(layer, module, tensor);
    }

    private static int out(String module) {
        return module.equals("q") ? 32 : 16;
    }

    private void write(FamilyGolden golden, String name, String config) throws IOException {
        golden.write(folder.resolve("adapters").resolve(name), config, merged.resolve(name));
    }

    private void loraXs() throws IOException {
        FamilyGolden golden = new FamilyGolden(base, folder, BASE);
        for (int layer = 0; layer < 2; layer++) {
            for (String module : new String[] {"q", "v"}) {
                golden.tensor(name(layer, module, "lora_A.weight"), 3, 32)
                        .tensor(name(layer, module, "lora_B.weight"), out(module), 3)
                        .tensor(name(layer, module, "default_lora_latent_mapping.weight"), 3, 3);
            }
        }
        write(golden, "lora-xs", "{\"peft_type\": \"LORA_XS\", \"r\": 3, " + SETTINGS);
    }

    private void shareLora() throws IOException {
        FamilyGolden golden = new FamilyGolden(base, folder, BASE);
        for (String module : new String[] {"q", "v"}) {
            golden.tensor(name(0, module, "lora_A.weight"), 2, 32);
            for (int layer = 0; layer < 2; layer++) golden.tensor(name(layer, module, "lora_B.weight"), out(module), 2);
        }
        write(golden, "sharelora", "{\"peft_type\": \"SHARELORA\", \"shared\": \"A\", \"r\": 2, " + SETTINGS);
    }

    private void weightLora() throws IOException {
        FamilyGolden golden = new FamilyGolden(base, folder, BASE);
        for (int layer = 0; layer < 2; layer++) {
            for (String module : new String[] {"q", "v"}) {
                golden.tensor(name(layer, module, "lora_A.weight"), 2, 32)
                        .tensor(name(layer, module, "lora_B.weight"), out(module), 2)
                        .tensor(name(layer, module, "lora_weight"), 1);
            }
        }
        write(golden, "weightlora", "{\"peft_type\": \"WEIGHTLORA\", \"r\": 2, " + SETTINGS);
    }

    private void bitFit() throws IOException {
        FamilyGolden golden = new FamilyGolden(base, folder, BASE);
        for (int layer = 0; layer < 2; layer++) {
            for (String module : new String[] {"q", "k", "v"})
                golden.tensor(name(layer, module, "bias_delta"), out(module));
        }
        write(
                golden,
                "bitfit",
                "{\"peft_type\": \"BITFIT\", \"target_modules\": [\"q_proj\", \"k_proj\", \"v_proj\"]}");
    }

    @Test
    void familiesThatPeftLacksPass() throws IOException {
        loraXs();
        shareLora();
        weightLora();
        bitFit();

        GoldenFolder.Result result = GoldenFolder.check(folder, lines::add);

        assertThat(lines.stream().filter(line -> line.startsWith("FAIL"))).isEmpty();
        assertThat(result.failed()).isZero();
        for (String family : List.of("lora-xs", "sharelora", "weightlora")) {
            assertThat(lines)
                    .anyMatch(line -> line.startsWith("pass  adapters/" + family + " len7 logits  distance"))
                    .anyMatch(line -> line.startsWith("pass  adapters/" + family + " for PEFT as plain LoRA, logits"))
                    .noneMatch(line -> line.contains(family + " import, export, import"));
        }
        assertThat(lines)
                .contains("pass  adapters/bitfit for PEFT  refused: biases cannot be written as LoRA;"
                        + " export a merged checkpoint");
    }
}
