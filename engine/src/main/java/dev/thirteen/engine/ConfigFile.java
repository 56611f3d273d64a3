package dev.thirteen.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.adapter.ModuleType;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads config.json, in the form of the Hub and in that of transformers 5. */
final class ConfigFile {
    /** Eight times as many as the largest models have. */
    private static final int MAX_LAYERS = 1024;
    /** Of all heads together; sums of three such widths are whole numbers still. */
    private static final int MAX_WIDTH = 1 << 24;

    // What transformers has where a key is absent.
    private static final int WINDOW = 4096;
    private static final int LAYERS_WITHOUT_WINDOW = 28;
    private static final int QWEN3_HEAD = 128;

    private static final String ORIGINAL_POSITIONS = "original_max_position_embeddings";

    private final Path file;
    private final JsonNode json;

    private ConfigFile(Path file) {
        this.file = file;
        this.json = ModelFiles.jsonIfPresent(file);
    }

    /**
     * The configuration of a Hugging Face folder.
     *
     * @throws Failure CALLER for a missing file, an architecture or a feature that the programs do not know
     */
    static ModelConfig read(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.isRegularFile(file)) throw new Failure(Failure.Kind.CALLER, file + " is missing");
        return new ConfigFile(file).config();
    }

    private ModelConfig config() {
        ModelConfig.Family family = family();
        refuse("quantization_config", json.hasNonNull("quantization_config"));
        String activation = json.path("hidden_act").asText("silu");
        refuse("hidden_act " + activation, !activation.equals("silu"));
        for (JsonNode place : List.of(json, json.path("rope_parameters"), json.path("rope_scaling"))) {
            JsonNode part = place.path("partial_rotary_factor");
            refuse("partial_rotary_factor " + part, part.isNumber() && part.doubleValue() != 1);
        }
        int hidden = positive("hidden_size");
        return new ModelConfig(
                family,
                positive("vocab_size"),
                hidden,
                positive("intermediate_size"),
                layers(),
                heads(family, hidden),
                rope(),
                json.hasNonNull("rms_norm_eps") ? amount(json, "rms_norm_eps") : 1e-6,
                biases(family),
                flag("tie_word_embeddings"),
                maxPositions(family));
    }

    /** Bounded, since a list of every module is made before any tensor is looked for. */
    private int layers() {
        int layers = positive("num_hidden_layers");
        if (layers > MAX_LAYERS) throw bad("num_hidden_layers is %d, at most %d fit".formatted(layers, MAX_LAYERS));
        return layers;
    }

    private ModelConfig.Biases biases(ModelConfig.Family family) {
        return new ModelConfig.Biases(
                bias(family, ModuleType.Q), bias(family, ModuleType.O), bias(family, ModuleType.UP));
    }

    private boolean bias(ModelConfig.Family family, ModuleType type) {
        return family.hasBias(type) || family.biasKey(type).filter(this::flag).isPresent();
    }

    /** Attention is full here: with a sliding window it is the same as long as the sequence fits into the window. */
    private int maxPositions(ModelConfig.Family family) {
        int positions = positive("max_position_embeddings");
        // Null is no window.
        if (!hasWindow(family) || json.path("sliding_window").isNull()) return positions;
        return Math.min(positions, json.has("sliding_window") ? positive("sliding_window") : WINDOW);
    }

    private boolean hasWindow(ModelConfig.Family family) {
        return switch (family) {
            case LLAMA -> false;
            case MISTRAL -> true;
            case QWEN2, QWEN3 -> hasSlidingLayers() && flag("use_sliding_window");
        };
    }

    /** Whether a layer has the window: those that are named, else those from max_window_layers on. */
    private boolean hasSlidingLayers() {
        if (!json.hasNonNull("layer_types")) {
            return json.path("max_window_layers").asInt(LAYERS_WITHOUT_WINDOW) < layers();
        }
        boolean sliding = false;
        for (JsonNode type : json.get("layer_types")) {
            sliding |= type.asText().equals("sliding_attention");
            boolean known = List.of("sliding_attention", "full_attention").contains(type.asText());
            refuse("layer_types with " + type, !known);
        }
        return sliding;
    }

    private ModelConfig.Family family() {
        String architecture = json.path("architectures").path(0).asText("");
        String modelType = json.path("model_type").asText("");
        for (ModelConfig.Family family : ModelConfig.Family.values()) {
            if (architecture.isEmpty()
                    ? family.modelType().equals(modelType)
                    : family.architecture().equals(architecture)) return family;
        }
        String known = Arrays.stream(ModelConfig.Family.values())
                .map(ModelConfig.Family::architecture)
                .collect(Collectors.joining(", "));
        throw bad("the architecture '%s' is not supported; known are %s"
                .formatted(architecture.isEmpty() ? modelType : architecture, known));
    }

    private ModelConfig.Heads heads(ModelConfig.Family family, int hidden) {
        int query = positive("num_attention_heads");
        int keyValue = json.hasNonNull("num_key_value_heads") ? positive("num_key_value_heads") : query;
        if (query % keyValue != 0) throw bad("num_key_value_heads %d does not divide %d".formatted(keyValue, query));
        int unsaid = family == ModelConfig.Family.QWEN3 ? QWEN3_HEAD : hidden / query;
        int width = json.hasNonNull("head_dim") ? positive("head_dim") : unsaid;
        if (width == 0 || width % 2 != 0) throw bad("heads of width " + width + " cannot be rotated");
        if ((long) query * width > MAX_WIDTH) throw bad("%d heads of width %d are too wide".formatted(query, width));
        return new ModelConfig.Heads(query, keyValue, width);
    }

    /** Of the older and the newer form transformers takes the older one, where both are there. */
    private Rope rope() {
        for (String key : List.of("rope_scaling", "rope_parameters")) {
            if (json.hasNonNull(key) && !json.get(key).isObject()) throw bad(key + " is no JSON object");
        }
        JsonNode older = json.path("rope_scaling");
        JsonNode form = older.isEmpty() ? json.path("rope_parameters") : older;
        for (JsonNode part : form) refuse("rope_parameters for each kind of layer", part.isObject());
        JsonNode theta = form.hasNonNull("rope_theta") ? form : json;
        return new Rope(theta.hasNonNull("rope_theta") ? amount(theta, "rope_theta") : 10_000, scaling(form));
    }

    private Rope.@Nullable Llama3 scaling(JsonNode node) {
        JsonNode named = node.has("rope_type") ? node.get("rope_type") : node.path("type");
        String type = named.isMissingNode() ? "default" : named.asText();
        return switch (type) {
            case "default" -> null;
            case "llama3" ->
                new Rope.Llama3(
                        amount(node, "factor"),
                        amount(node, "low_freq_factor"),
                        amount(node, "high_freq_factor"),
                        originalPositions(node));
            default -> throw bad("rope scaling '" + type + "' is not supported; known are default, llama3");
        };
    }

    /** Outside it counts most; where it stands nowhere the longest sequence does. */
    private int originalPositions(JsonNode scaling) {
        boolean outside = json.has(ORIGINAL_POSITIONS);
        if (!outside && !scaling.has(ORIGINAL_POSITIONS)) return positive("max_position_embeddings");
        return (int) Math.min(amount(outside ? json : scaling, ORIGINAL_POSITIONS), Integer.MAX_VALUE);
    }

    private double amount(JsonNode node, String key) {
        double amount = node.path(key).asDouble(0);
        if (!node.path(key).isNumber() || !(amount > 0)) {
            throw bad("%s must be a positive number, not %s".formatted(key, node.path(key)));
        }
        return amount;
    }

    private int positive(String key) {
        JsonNode node = json.path(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
            throw bad("%s must be a positive number, not %s".formatted(key, node.isMissingNode() ? "absent" : node));
        }
        return node.intValue();
    }

    /** Null and absent are false. */
    private boolean flag(String key) {
        if (json.hasNonNull(key) && !json.get(key).isBoolean()) {
            throw bad("%s must be true or false, not %s".formatted(key, json.get(key)));
        }
        return json.path(key).asBoolean(false);
    }

    private void refuse(String feature, boolean present) {
        if (present) throw bad(feature + " is not supported");
    }

    private Failure bad(String problem) {
        return new Failure(Failure.Kind.CALLER, file + ": " + problem);
    }
}
