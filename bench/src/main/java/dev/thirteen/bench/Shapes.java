package dev.thirteen.bench;

import dev.thirteen.engine.RandomCheckpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Models by shape alone: their weights are random, since speed does not depend on them. */
enum Shapes {
    SMOLLM2_135M(Kin.LLAMA, 576, 1536, 30, 9, 3),
    QWEN_0_5B(Kin.QWEN2, 896, 4864, 24, 14, 2),
    QWEN_1_5B(Kin.QWEN2, 1536, 8960, 28, 12, 2),
    QWEN_3B(Kin.QWEN2, 2048, 11_008, 36, 16, 2);

    /** What models of one make have in common. */
    private enum Kin {
        LLAMA("LlamaForCausalLM", "llama", 49_152, 100_000),
        QWEN2("Qwen2ForCausalLM", "qwen2", 151_936, 1_000_000);

        private final String architecture;
        private final String type;
        private final int vocabulary;
        private final int theta;

        Kin(String architecture, String type, int vocabulary, int theta) {
            this.architecture = architecture;
            this.type = type;
            this.vocabulary = vocabulary;
            this.theta = theta;
        }
    }

    private final Kin kin;
    private final int hidden;
    private final int intermediate;
    private final int layers;
    private final int heads;
    private final int keyValueHeads;

    Shapes(Kin kin, int hidden, int intermediate, int layers, int heads, int keyValueHeads) {
        this.kin = kin;
        this.hidden = hidden;
        this.intermediate = intermediate;
        this.layers = layers;
        this.heads = heads;
        this.keyValueHeads = keyValueHeads;
    }

    /** By the end of its name, {@code 0.5b}. */
    static Shapes named(String end) {
        String suffix = "_" + end.toUpperCase(Locale.ROOT).replace('.', '_');
        return Arrays.stream(values())
                .filter(shape -> shape.name().endsWith(suffix))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no shape " + end + ": 0.5b, 1.5b, 3b or 135m"));
    }

    int vocabulary() {
        return kin.vocabulary;
    }

    /** Weights without the embedding, which is read but for one row a token. */
    long layerParameters() {
        long width = hidden / heads;
        long attention = 2L * hidden * hidden + 2L * hidden * keyValueHeads * width;
        return layers * (attention + 3L * hidden * intermediate);
    }

    /** Weights of the head, which is the embedding. */
    long headParameters() {
        return (long) kin.vocabulary * hidden;
    }

    /** Bytes of keys and values of one token in bf16. */
    long cacheBytesAToken() {
        return 2L * 2 * layers * keyValueHeads * (hidden / heads);
    }

    /** The checkpoint, written on first use below this folder. */
    Path folder(Path models, Path tokenizer) {
        Path folder = models.resolve(name().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (Files.exists(folder.resolve("tokenizer.json"))) return folder;
        RandomCheckpoint.write(folder, config());
        try {
            // The last file: a folder that has it is whole.
            Files.copy(tokenizer, folder.resolve("tokenizer.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }

    private String config() {
        return """
                {"architectures": ["%s"], "model_type": "%s", "hidden_size": %d, "intermediate_size": %d,
                 "num_hidden_layers": %d, "num_attention_heads": %d, "num_key_value_heads": %d, "vocab_size": %d,
                 "rope_theta": %d, "rms_norm_eps": 1e-06, "tie_word_embeddings": true, "hidden_act": "silu",
                 "max_position_embeddings": 8192, "torch_dtype": "bfloat16"}
                """.formatted(
                        kin.architecture,
                        kin.type,
                        hidden,
                        intermediate,
                        layers,
                        heads,
                        keyValueHeads,
                        kin.vocabulary,
                        kin.theta);
    }
}
