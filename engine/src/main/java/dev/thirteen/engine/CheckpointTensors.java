package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModuleType;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a checkpoint in the order of the programs, found and checked by header alone. Each is a list of parts
 * that lie below each other in one matrix.
 *
 * @param shared embedding, final norm, head (absent when tied)
 * @param layers nine a layer; an empty list stands for a tensor that the family does not have
 */
record CheckpointTensors(List<List<StoredTensor>> shared, List<List<StoredTensor>> layers) {
    static CheckpointTensors find(Safetensors file, ModelConfig config) {
        long vocabulary = config.vocabulary();
        long hidden = config.hidden();
        List<List<StoredTensor>> shared = new ArrayList<>();
        shared.add(List.of(file.get("model.embed_tokens.weight", vocabulary, hidden)));
        shared.add(List.of(file.get("model.norm.weight", hidden)));
        if (!config.tied()) shared.add(List.of(file.get("lm_head.weight", vocabulary, hidden)));
        List<List<StoredTensor>> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) new Layer(file, config, layer).addTo(layers);
        return new CheckpointTensors(shared, layers);
    }

    private record Layer(Safetensors file, ModelConfig config, int index) {
        void addTo(List<List<StoredTensor>> tensors) {
            tensors.add(vector("input_layernorm", config.hidden()));
            tensors.add(matrices(ModuleType.Q, ModuleType.K, ModuleType.V));
            tensors.add(config.family().qkvBias() ? biases(ModuleType.Q, ModuleType.K, ModuleType.V) : List.of());
            tensors.add(matrices(ModuleType.O));
            tensors.add(vector("post_attention_layernorm", config.hidden()));
            tensors.add(matrices(ModuleType.GATE, ModuleType.UP));
            tensors.add(matrices(ModuleType.DOWN));
            boolean normed = config.family().qkNorm();
            tensors.add(normed ? vector("self_attn.q_norm", config.heads().width()) : List.of());
            tensors.add(normed ? vector("self_attn.k_norm", config.heads().width()) : List.of());
        }

        private List<StoredTensor> vector(String name, long width) {
            return List.of(file.get("model.layers." + index + "." + name + ".weight", width));
        }

        private List<StoredTensor> matrices(ModuleType... types) {
            List<StoredTensor> parts = new ArrayList<>();
            for (ModuleType type : types) {
                AdaptedModule module = config.module(index, type);
                parts.add(file.get(module.path() + ".weight", module.outWidth(), module.inWidth()));
            }
            return parts;
        }

        private List<StoredTensor> biases(ModuleType... types) {
            List<StoredTensor> parts = new ArrayList<>();
            for (ModuleType type : types) {
                AdaptedModule module = config.module(index, type);
                parts.add(file.get(module.path() + ".bias", module.outWidth()));
            }
            return parts;
        }
    }
}
