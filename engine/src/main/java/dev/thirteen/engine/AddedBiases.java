package dev.thirteen.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The biases that a checkpoint has beyond those of its base. Hugging Face's classes give them to whole groups of linears by a
 * key of config.json; those of a group that nobody trained are zeros.
 */
final class AddedBiases {
    private final ModelConfig config;
    private final Set<String> keys = new HashSet<>();

    /**
     * @param changed the modules that are given a bias
     * @throws Failure CALLER for one that the base's architecture has no place for
     */
    AddedBiases(ModelConfig config, List<AdaptedModule> changed) {
        this.config = config;
        for (AdaptedModule module : changed) {
            if (config.biases().of(module.type())) continue;
            keys.add(config.family().biasKey(module.type()).orElseThrow(() -> noPlace(module)));
        }
    }

    private Failure noPlace(AdaptedModule module) {
        return new Failure(
                Failure.Kind.CALLER,
                ("the bias of %s cannot be merged: %s of Hugging Face has no place for it, with any config;"
                                + " keep the adapter beside its base")
                        .formatted(module.path(), config.family().architecture()));
    }

    private boolean adds(AdaptedModule module) {
        return !config.biases().of(module.type())
                && config.family().biasKey(module.type()).filter(keys::contains).isPresent();
    }

    /** These tensors with zeros before the weight of each module that is given a bias. */
    List<StoredTensor> with(Collection<StoredTensor> tensors) {
        Set<String> weights = new HashSet<>();
        for (AdaptedModule module : config.shape().modules()) if (adds(module)) weights.add(module.path() + ".weight");
        List<StoredTensor> all = new ArrayList<>();
        for (StoredTensor tensor : tensors) {
            if (weights.contains(tensor.name())) {
                String bias = tensor.name().substring(0, tensor.name().lastIndexOf('.')) + ".bias";
                int width = Math.toIntExact(tensor.shape()[0]);
                all.add(StoredTensor.of(bias, tensor.type(), new float[width], width));
            }
            all.add(tensor);
        }
        return all;
    }

    /** The base's config.json, with the keys of the added biases. */
    byte[] config(Path file) {
        if (keys.isEmpty()) return ModelFiles.bytes(file);
        ObjectNode json = (ObjectNode) ModelFiles.jsonIfPresent(file);
        keys.forEach(key -> json.put(key, true));
        return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
