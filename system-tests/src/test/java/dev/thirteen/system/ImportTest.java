package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.LocalProcess;
import dev.thirteen.local.Service;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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

    private record Result(int code, String out, String err) {}

    @TempDir
    private Path folder;

    @Test
    void aFolderIsImportedAnswersIsEvaluatedAndOutlivesTheTrainer(SystemUnderTest system) throws Exception {
        Path lora = lora();

        Result imported = thirteen(system, "adapter", "import", lora.toString(), "--base-model", "tiny-arithmetic");
        assertThat(imported)
                .isEqualTo(
                        new Result(0, "imported my-lora@1: LoRA, 4608 numbers, 18432 bytes, on tiny-arithmetic\n", ""));
        Result generated = thirteen(system, "generate", "-a", "my-lora@1", "-o", "json", "--max-tokens", "8", "1+1?");
        assertThat(generated.code()).isZero();
        assertThat(generated.out()).contains("\"policyVersion\":{\"run\":\"my-lora\",\"step\":\"1\"}");
        String like = HOME.resolve("examples/tiny-arithmetic.yaml").toString();
        Result table =
                thirteen(system, "eval", "-a", "my-lora@1", "--like", like, "--problems", "4", "--temperature", "0");
        assertThat(table.code()).as(table.err()).isZero();
        assertThat(table.out()).contains("base ", "my-lora@1  greedy");

        LocalProcess trainer = system.part(Service.TRAINER);
        trainer.kill();
        trainer.restart();
        assertThat(thirteen(system, "adapter", "list").out()).contains("my-lora@1");
        Path out = folder.resolve("out");
        assertThat(thirteen(system, "adapter", "export", "my-lora", out.toString())
                        .code())
                .isZero();
        assertThat(out.resolve("adapter_config.json")).hasSameTextualContentAs(lora.resolve("adapter_config.json"));
        Path whole = folder.resolve("whole");
        assertThat(thirteen(system, "adapter", "export", "my-lora", whole.toString(), "--format", "merged")
                        .code())
                .isZero();
        assertThat(whole.resolve("model.safetensors")).isNotEmptyFile();
    }

    @Test
    void aTinyLoraWithoutItsVectorIsRefused(SystemUnderTest system) throws Exception {
        TensorFile tensors = new TensorFile(new Random(1));
        String module = "base_model.model.model.layers.0.self_attn.q_proj.tinylora_";
        tensors.add(module + "A", 1, WIDTH).add(module + "B", WIDTH, 1).add(module + "P", 1, 1, 1);
        Path adapter = adapter("no-vector", tensors, """
                {"peft_type": "TINYLORA", "r": 1, "u": 1, "weight_tying": 1.0, "target_modules": ["q_proj"],
                 "layers_to_transform": [0]}
                """);

        assertThat(thirteen(system, "adapter", "import", adapter.toString(), "--base-model", "tiny-arithmetic"))
                .isEqualTo(new Result(
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

    /** The command line in a process of its own. */
    private Result thirteen(SystemUnderTest system, String... arguments) throws Exception {
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.thirteen.cli.Thirteen"));
        command.addAll(List.of(arguments));
        for (Service service : Service.values()) {
            command.add("--" + service.label());
            command.add(system.endpoints().of(service));
        }
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
