package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What transformers (5.24) makes of config.json where keys are absent, or say the same thing twice. */
class ConfigFileTest {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(com.fasterxml.jackson.core.json.JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .build();
    private static final Rope.Llama3 STRETCH = new Rope.Llama3(8, 1, 4, 64);
    private static final String LLAMA3 =
            "'rope_type': 'llama3', 'factor': 8, 'low_freq_factor': 1, 'high_freq_factor': 4";

    @TempDir
    private Path folder;

    /** @param keys in place of those of a small model with 100 positions */
    private ModelConfig read(String type, String keys) throws IOException {
        ObjectNode config = (ObjectNode) JSON.readTree("""
                {'vocab_size': 90, 'hidden_size': 64, 'intermediate_size': 32, 'num_hidden_layers': 3,
                 'num_attention_heads': 4, 'max_position_embeddings': 100}""");
        config.put("model_type", type).setAll((ObjectNode) JSON.readTree("{" + keys + "}"));
        Files.writeString(folder.resolve("config.json"), config.toString());
        return ConfigFile.read(folder);
    }

    private void refused(String type, String keys, String reason) {
        assertThatThrownBy(() -> read(type, keys))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER))
                .hasMessage(folder.resolve("config.json") + ": " + reason);
    }

    @Test
    void headsOfQwen3Have128NumbersUnlessTheirWidthIsSaid() throws IOException {
        assertThat(read("qwen3", "").heads().width()).isEqualTo(128);
        assertThat(read("qwen3", "'head_dim': 24").heads().width()).isEqualTo(24);
        for (String other : new String[] {"qwen2", "llama", "mistral"}) {
            assertThat(read(other, "'head_dim': null").heads().width()).isEqualTo(16);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'rope_theta': 7                                                                        | 7
            'rope_parameters': {'rope_type': 'default', 'rope_theta': 7}, 'rope_theta': 8          | 7
            'rope_scaling': {'rope_type': 'default', 'rope_theta': 7}                              | 7
            'rope_scaling': {'rope_type': 'default', 'rope_theta': 7}, 'rope_theta': 8             | 7
            'rope_scaling': {'type': 'default'}, 'rope_parameters': {'rope_theta': 7}              | 10000
            'rope_scaling': {'type': 'default'}, 'rope_parameters': {'rope_theta': 7}, 'rope_theta': 8 | 8
            'rope_scaling': {}, 'rope_parameters': {'rope_theta': 7}                               | 7
            'rope_scaling': null                                                                   | 10000
            """)
    void theBaseOfTheAnglesIsThatOfTheFormThatCounts(String keys, double theta) throws IOException {
        assertThat(read("llama", keys).rope()).isEqualTo(new Rope(theta, null));
    }

    @Test
    void theLengthBeforeItWasStretchedMayStandOutsideOrBeTheLongest() throws IOException {
        assertThat(read("llama", "'rope_scaling': {" + LLAMA3 + ", 'original_max_position_embeddings': 64}")
                        .rope())
                .isEqualTo(new Rope(10_000, STRETCH));
        assertThat(read("llama", "'rope_parameters': {" + LLAMA3 + "}").rope())
                .isEqualTo(new Rope(10_000, new Rope.Llama3(8, 1, 4, 100)));
        assertThat(read(
                                "llama",
                                "'original_max_position_embeddings': 64, 'rope_scaling': {" + LLAMA3
                                        + ", 'original_max_position_embeddings': 32}")
                        .rope())
                .isEqualTo(new Rope(10_000, STRETCH));
    }

    @Test
    void anglesOfTheirOwnForKindsOfLayersAreRefused() {
        refused(
                "qwen2",
                "'rope_parameters': {'full_attention': {'rope_type': 'default', 'rope_theta': 7}}",
                "rope_parameters for each kind of layer is not supported");
    }

    /** The window of 20 counts where a layer has it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            qwen2   | 'use_sliding_window': true, 'max_window_layers': 2                                          | 20
            qwen2   | 'use_sliding_window': true, 'max_window_layers': 3                                          | 100
            qwen3   | 'use_sliding_window': true                                                                  | 100
            qwen3   | 'use_sliding_window': true, 'max_window_layers': 0                                          | 20
            qwen2   | 'use_sliding_window': false, 'max_window_layers': 0                                         | 100
            qwen3   | 'use_sliding_window': true, 'max_window_layers': 0, 'layer_types': ['full_attention', 'full_attention', 'full_attention']    | 100
            qwen3   | 'use_sliding_window': true, 'layer_types': ['full_attention', 'sliding_attention', 'full_attention']  | 20
            llama   | 'use_sliding_window': true, 'max_window_layers': 0                                          | 100
            mistral | 'max_window_layers': 3                                                                      | 20
            """)
    void sequencesFitIntoTheWindowThatALayerHas(String type, String keys, int positions) throws IOException {
        assertThat(read(type, "'sliding_window': 20, " + keys).maxPositions()).isEqualTo(positions);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen3"})
    void theWindowThatNoKeyNamesHas4096Places(String type) throws IOException {
        String keys = "'max_position_embeddings': 9000, 'use_sliding_window': true, 'max_window_layers': 0";
        assertThat(read(type, keys).maxPositions()).isEqualTo(4096);
        assertThat(read(type, keys + ", 'sliding_window': null").maxPositions()).isEqualTo(9000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'tie_word_embeddings': 'true'   | tie_word_embeddings must be true or false, not "true"
            'attention_bias': 1             | attention_bias must be true or false, not 1
            'mlp_bias': 'yes'               | mlp_bias must be true or false, not "yes"
            'rope_parameters': 'default'    | rope_parameters is no JSON object
            'rope_scaling': {'rope_type': null, 'factor': 2} | rope scaling 'null' is not supported; known are default, llama3
            """)
    void valuesOfTheWrongKindAreRefused(String keys, String reason) {
        refused("llama", keys, reason);
    }

    @Test
    void layersOfAnotherKindAreRefused() {
        refused(
                "qwen2",
                "'layer_types': ['full_attention', 'linear_attention', 'full_attention']",
                "layer_types with \"linear_attention\" is not supported");
    }
}
