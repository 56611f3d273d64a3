package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What config.json says of a decoder.
 *
 * @param vocabulary rows of the embedding, which may be more than the tokenizer has tokens
 * @param hidden width of the residual stream
 * @param intermediate width inside the feed-forward part
 * @param biases which linears have one
 * @param tied whether the head is the embedding
 * @param maxPositions longest sequence in tokens
 */
record ModelConfig(
        Family family,
        int vocabulary,
        int hidden,
        int intermediate,
        int layers,
        Heads heads,
        Rope rope,
        double normEps,
        Biases biases,
        boolean tied,
        int maxPositions) {
    /** Places whose logits are computed at a time: 152,000 words make that 311 MB in fp32. Fewer rows slow the product down. */
    static final int HEAD_CHUNK = 512;

    /** Architectures that the programs know. */
    enum Family {
        QWEN2("Qwen2ForCausalLM", "qwen2"),
        QWEN3("Qwen3ForCausalLM", "qwen3"),
        LLAMA("LlamaForCausalLM", "llama"),
        MISTRAL("MistralForCausalLM", "mistral");

        private final String architecture;
        private final String modelType;

        Family(String architecture, String modelType) {
            this.architecture = architecture;
            this.modelType = modelType;
        }

        String architecture() {
            return architecture;
        }

        String modelType() {
            return modelType;
        }

        /** Whether linears of a type always have a bias. */
        boolean hasBias(ModuleType type) {
            return this == QWEN2 && attentionInput(type);
        }

        private static boolean attentionInput(ModuleType type) {
            return type == ModuleType.Q || type == ModuleType.K || type == ModuleType.V;
        }

        /** The key of config.json that gives a bias to linears of a type; empty where none does. */
        Optional<String> biasKey(ModuleType type) {
            boolean attention = attentionInput(type) || type == ModuleType.O;
            return switch (this) {
                case LLAMA -> Optional.of(attention ? "attention_bias" : "mlp_bias");
                case QWEN3 -> attention ? Optional.of("attention_bias") : Optional.empty();
                case QWEN2, MISTRAL -> Optional.empty();
            };
        }

        /** Whether queries and keys are normalised head by head. */
        boolean qkNorm() {
            return this == QWEN3;
        }
    }

    /** Which linears have a bias: q, k and v; o; gate, up and down. */
    record Biases(boolean qkv, boolean o, boolean mlp) {
        boolean of(ModuleType type) {
            return switch (type) {
                case Q, K, V -> qkv;
                case O -> o;
                case GATE, UP, DOWN -> mlp;
            };
        }
    }

    /**
     * Attention heads.
     *
     * @param query number of query heads
     * @param keyValue number of key-value heads, which divides it
     * @param width numbers a head
     */
    record Heads(int query, int keyValue, int width) {
        int queryWidth() {
            return query * width;
        }

        int keyValueWidth() {
            return keyValue * width;
        }
    }

    /** Input and output width of a linear module. */
    AdaptedModule module(int layer, ModuleType type) {
        return switch (type) {
            case Q -> new AdaptedModule(layer, type, hidden, heads.queryWidth());
            case K, V -> new AdaptedModule(layer, type, hidden, heads.keyValueWidth());
            case O -> new AdaptedModule(layer, type, heads.queryWidth(), hidden);
            case GATE, UP -> new AdaptedModule(layer, type, hidden, intermediate);
            case DOWN -> new AdaptedModule(layer, type, intermediate, hidden);
        };
    }

    ModelShape shape() {
        List<AdaptedModule> modules = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            for (ModuleType type : ModuleType.values()) modules.add(module(layer, type));
        }
        return new ModelShape(layers, modules);
    }

    /** Constants of the programs' text. */
    Map<String, Object> constants(TensorType compute) {
        Map<String, Object> constants = new LinkedHashMap<>();
        constants.put("layers", layers);
        constants.put("vocabulary", vocabulary);
        constants.put("hidden", hidden);
        constants.put("intermediate", intermediate);
        constants.put("heads", heads.query());
        constants.put("kv_heads", heads.keyValue());
        constants.put("width", heads.width());
        constants.put("half", heads.width() / 2);
        constants.put("eps", normEps);
        constants.put("qkv_width", heads.queryWidth() + 2 * heads.keyValueWidth());
        constants.put("qkv_bias", python(biases.qkv()));
        constants.put("o_bias", python(biases.o()));
        constants.put("mlp_bias", python(biases.mlp()));
        // The kernels of GPUs share keys and values among heads; on CPUs that is a slow path.
        constants.put("gqa", python(Torch.onGpu()));
        constants.put("qk_norm", python(family.qkNorm()));
        constants.put("dtype", compute.code());
        // Layers before which activations change the device: none unless the model's placement says so.
        constants.put("boundaries", "annotate(List[int], [])");
        constants.put("head_chunk", HEAD_CHUNK);
        // Rows that stay in the cache between operations: gate and up of 64 are 2.5 MB for a 0.5B.
        constants.put("cached_rows", 64);
        return constants;
    }

    private static String python(boolean value) {
        return value ? "True" : "False";
    }
}
