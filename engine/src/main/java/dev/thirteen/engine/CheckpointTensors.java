package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a checkpoint in the order of the programs, found and checked by header alone. Each is a list of parts
 * that lie below each other in one matrix; neighbours in the file are one part, which needs no copy.
 *
 * @param shared embedding, final norm, head (absent when tied)
 * @param layers twelve a layer; an empty list stands for a tensor that the family does not have
 */
record CheckpointTensors(List<List<StoredTensor>> shared, List<List<StoredTensor>> layers) {
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    static CheckpointTensors find(Safetensors file, ModelConfig config) {
        if (config.tied()) requireOneHead(file);
        List<List<StoredTensor>> places = new ArrayList<>();
        int count = CheckpointLayout.SHARED + ModelWeights.TENSORS_A_LAYER * config.layers();
        for (int place = 0; place < count; place++) places.add(new ArrayList<>());
        for (CheckpointLayout.Entry entry : CheckpointLayout.of(config)) {
            places.get(entry.place()).add(file.get(entry.name(), entry.longShape()));
        }
        places.replaceAll(file::joined);
        int shared = config.tied() ? CheckpointLayout.SHARED - 1 : CheckpointLayout.SHARED;
        return new CheckpointTensors(places.subList(0, shared), places.subList(CheckpointLayout.SHARED, places.size()));
    }

    /** Some files of tied models hold the embedding twice. Where the two differ, nobody knows which one is meant. */
    private static void requireOneHead(Safetensors file) {
        if (!file.has(HEAD) || !file.has(EMBEDDING)) return;
        if (file.get(HEAD).data().mismatch(file.get(EMBEDDING).data()) == -1) return;
        throw new Failure(
                Failure.Kind.CALLER,
                "%s: tensor %s is not %s, although config.json has tie_word_embeddings: true"
                        .formatted(file.source(HEAD), HEAD, EMBEDDING));
    }
}
