package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModuleType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Every tensor of a checkpoint, in the order of Hugging Face's files, and where {@link ModelWeights} keeps it. */
final class CheckpointLayout {
    /** Places of the shared tensors; those of the layers follow, twelve a layer as in blocks.py. */
    private static final int EMBEDDING = 0;

    private static final int FINAL_NORM = 1;
    private static final int HEAD = 2;
    static final int SHARED = 3;

    /**
     * One tensor of a file.
     *
     * @param place in {@link #tensor}'s numbering
     * @param firstRow where it begins in a tensor that holds several, one below the other
     */
    record Entry(String name, int place, int firstRow, int... shape) {
        int elements() {
            return Arrays.stream(shape).reduce(1, Math::multiplyExact);
        }

        long[] longShape() {
            return Arrays.stream(shape).asLongStream().toArray();
        }
    }

    private final ModelConfig config;
    private final List<Entry> entries = new ArrayList<>();

    private CheckpointLayout(ModelConfig config) {
        this.config = config;
    }

    static List<Entry> of(ModelConfig config) {
        return new CheckpointLayout(config).all();
    }

    /** The tensor of a place. */
    static <T> T tensor(T[] shared, T[] layers, int place) {
        return place < SHARED ? shared[place] : layers[place - SHARED];
    }

    private List<Entry> all() {
        entries.add(new Entry("model.embed_tokens.weight", EMBEDDING, 0, config.vocabulary(), config.hidden()));
        for (int layer = 0; layer < config.layers(); layer++) {
            int place = SHARED + ModelWeights.TENSORS_A_LAYER * layer;
            String path = "model.layers." + layer + ".";
            entries.add(new Entry(path + "input_layernorm.weight", place, 0, config.hidden()));
            attention(layer, place);
            entries.add(new Entry(path + "post_attention_layernorm.weight", place + 4, 0, config.hidden()));
            modules(layer, place + 5, place + 10, ModuleType.GATE, ModuleType.UP);
            modules(layer, place + 6, place + 11, ModuleType.DOWN);
        }
        entries.add(new Entry("model.norm.weight", FINAL_NORM, 0, config.hidden()));
        if (!config.tied()) entries.add(new Entry("lm_head.weight", HEAD, 0, config.vocabulary(), config.hidden()));
        return entries;
    }

    private void attention(int layer, int place) {
        modules(layer, place + 1, place + 2, ModuleType.Q, ModuleType.K, ModuleType.V);
        modules(layer, place + 3, place + 9, ModuleType.O);
        if (config.family().qkNorm()) {
            String path = "model.layers." + layer + ".self_attn.";
            entries.add(new Entry(
                    path + "q_norm.weight", place + 7, 0, config.heads().width()));
            entries.add(new Entry(
                    path + "k_norm.weight", place + 8, 0, config.heads().width()));
        }
    }

    /** Weights of fused modules, one below the other, then their biases if they have any. */
    private void modules(int layer, int place, int biasPlace, ModuleType... types) {
        int row = 0;
        for (ModuleType type : types) {
            AdaptedModule module = config.module(layer, type);
            entries.add(new Entry(module.path() + ".weight", place, row, module.outWidth(), module.inWidth()));
            row += module.outWidth();
        }
        row = 0;
        for (ModuleType type : types) {
            if (!config.biases().of(type)) continue;
            AdaptedModule module = config.module(layer, type);
            entries.add(new Entry(module.path() + ".bias", biasPlace, row, module.outWidth()));
            row += module.outWidth();
        }
    }
}
