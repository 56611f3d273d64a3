package dev.thirteen.cli.tinymodel;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.cli.tinymodel.Shape.Architecture;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShapeTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @Test
    void theBundledModelHasAsManyWeightsAsItsFileHoldsAndALlamaLacksItsBiases() {
        // model.safetensors of models/tiny-arithmetic holds 5,328,768 bytes of bf16.
        assertThat(new Shape(Architecture.qwen2, 192, 6).parameters()).isEqualTo(5_328_768 / 2);
        assertThat(new Shape(Architecture.llama, 192, 6).parameters()).isEqualTo(5_328_768 / 2 - 6 * 384);
    }

    @Test
    void theConfigOfTheBundledModelIsMadeAgain() throws IOException {
        Path home = Path.of(System.getProperty("thirteen.home", ".."));
        JsonNode bundled =
                JSON.readTree(home.resolve("models/tiny-arithmetic/config.json").toFile());

        assertThat(config(new Shape(Architecture.qwen2, 192, 6))).isEqualTo(bundled);
    }

    @Test
    void aLlamaSaysSo() throws IOException {
        JsonNode config = config(new Shape(Architecture.llama, 128, 4));

        assertThat(config.at("/architectures/0").asText()).isEqualTo("LlamaForCausalLM");
        assertThat(config.get("model_type").asText()).isEqualTo("llama");
        assertThat(config.get("intermediate_size").asInt()).isEqualTo(384);
    }

    private JsonNode config(Shape shape) throws IOException {
        ModelFolder model = ModelFolder.begin(folder.resolve("model"), shape);
        return JSON.readTree(model.path().resolve("config.json").toFile());
    }
}
