package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.LocalProcess;
import dev.thirteen.local.Service;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An adapter folder of others, from the command line to every service and out again. */
@ExtendWith(SystemUnderTest.Provider.class)
class ImportTest {
    private static final Path HOME = Path.of(System.getProperty("thirteen.home"));
    /** Of models/tiny-arithmetic. */
    private static final int WIDTH = 192;

    private static final int LAYERS = 6;

    @TempDir
    private Path folder;

    @Test
    void aFolderIsImportedAnswersIsEvaluatedAndOutlivesTheTrainer(SystemUnderTest system) throws Exception {
        CommandLine line = new CommandLine(system, folder);
        Path lora = lora();

        CommandLine.Result imported = line.run("adapter", "import", lora.toString(), "--base-model", "tiny-arithmetic");
        assertThat(imported)
                .isEqualTo(new CommandLine.Result(
                        0,
                        "imported my-lora@1: LoRA, 4608 numbers, 4584 effective degrees of freedom, 18432 bytes,"
                                + " on tiny-arithmetic\n",
                        ""));
        CommandLine.Result generated =
                line.run("generate", "-a", "my-lora@1", "-o", "json", "--max-tokens", "8", "1+1?");
        assertThat(generated.code()).isZero();
        assertThat(generated.out()).contains("\"policyVersion\":{\"run\":\"my-lora\",\"step\":\"1\"}");
        String like = HOME.resolve("examples/tiny-arithmetic.yaml").toString();
        CommandLine.Result table =
                line.run("eval", "-a", "my-lora@1", "--like", like, "--problems", "4", "--temperature", "0");
        assertThat(table.code()).as(table.err()).isZero();
        assertThat(table.out()).contains("base ", "my-lora@1  greedy");

        LocalProcess trainer = system.part(Service.TRAINER);
        trainer.kill();
        trainer.restart();
        assertThat(line.run("adapter", "list").out()).contains("my-lora@1");
        Path out = folder.resolve("out");
        assertThat(line.run("adapter", "export", "my-lora", out.toString()).code())
                .isZero();
        assertThat(out.resolve("adapter_config.json")).hasSameTextualContentAs(lora.resolve("adapter_config.json"));
        Path whole = folder.resolve("whole");
        assertThat(line.run("adapter", "export", "my-lora", whole.toString(), "--format", "merged")
                        .code())
                .isZero();
        assertThat(whole.resolve("model.safetensors")).isNotEmptyFile();
    }

    @Test
    void aTinyLoraWithoutItsVectorIsRefused(SystemUnderTest system) throws Exception {
        CommandLine line = new CommandLine(system, folder);
        TensorFile tensors = new TensorFile(new Random(1));
        String module = "base_model.model.model.layers.0.self_attn.q_proj.tinylora_";
        tensors.add(module + "A", 1, WIDTH).add(module + "B", WIDTH, 1).add(module + "P", 1, 1, 1);
        Path adapter = adapter("no-vector", tensors, """
                {"peft_type": "TINYLORA", "r": 1, "u": 1, "weight_tying": 1.0, "target_modules": ["q_proj"],
                 "layers_to_transform": [0]}
                """);

        assertThat(line.run("adapter", "import", adapter.toString(), "--base-model", "tiny-arithmetic"))
                .isEqualTo(new CommandLine.Result(
                        2, "", "thirteen: adapter_model.safetensors lacks tensor base_model.tinylora_v.0\n"));
    }

    private Path lora() throws Exception {
        TensorFile tensors = new TensorFile(new Random(2));
        for (int layer = 0; layer < LAYERS; layer++) {
            String module = "base_model.model.model.layers." + layer + ".self_attn.q_proj.";
            tensors.add(module + "lora_A.weight", 2, WIDTH).add(module + "lora_B.weight", WIDTH, 2);
        }
        return adapter("my-lora", tensors, """
                {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["q_proj"]}
                """);
    }

    private Path adapter(String name, TensorFile tensors, String config) throws Exception {
        Path adapter = Files.createDirectory(folder.resolve(name));
        Files.writeString(adapter.resolve("adapter_config.json"), config);
        tensors.write(adapter.resolve("adapter_model.safetensors"));
        return adapter;
    }
}
