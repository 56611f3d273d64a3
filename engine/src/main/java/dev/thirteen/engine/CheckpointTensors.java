package dev.thirteen.engine;

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
    static CheckpointTensors find(Safetensors file, ModelConfig config) {
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
}
