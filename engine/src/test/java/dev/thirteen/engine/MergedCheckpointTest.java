package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergedCheckpointTest {
    private static final TinyLoraSpec SPEC = new TinyLoraSpec(2, 1, Tying.ALL, 1, SigmaForm.PAPER, 1, ValueType.FP32);
    private static final List<String> TEMPLATES =
            List.of("chat_template.jinja", "additional_chat_templates/tool_use.jinja");

    @TempDir
    Path folder;

    @Test
    void templatesComeAlong() throws IOException {
        Path model = RandomModels.write(folder.resolve("model"), "qwen2-tied", 5, config -> {});
        Files.createDirectory(model.resolve("additional_chat_templates"));
        for (String name : TEMPLATES) Files.writeString(model.resolve(name), "{{ messages[0].content }} of " + name);
        Path merged = folder.resolve("merged");
        try (BaseModel base = BaseModel.load(model, new EngineOptions(Precision.FP32, 1))) {
            MergedCheckpoint.write(base, new Policy(Basis.derive(base, SPEC), new float[] {1}), merged);
        }
        for (String name : TEMPLATES) {
            assertThat(merged.resolve(name)).hasSameBinaryContentAs(model.resolve(name));
        }
    }
}
