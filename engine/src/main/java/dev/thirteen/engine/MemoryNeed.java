package dev.thirteen.engine;

import dev.thirteen.core.batch.CacheRoom;
import dev.thirteen.engine.cpu.VectorDecoder;
import java.nio.file.Path;
import java.util.List;

/**
 * What a base model takes of the memory that it computes in, known before it is loaded.
 *
 * @param weights bytes of its weights in the forms that decoders use; on a processor without what stays in mapped files
 * @param tokenWork bytes that a pass over prompts or completions takes for each of its tokens
 * @param rowWork bytes of the logits of one row
 * @param cacheToken bytes of keys and values of one token
 * @param maxPositions longest sequence in tokens
 */
public record MemoryNeed(long weights, long tokenWork, long rowWork, long cacheToken, int layers, int maxPositions) {
    /**
     * Of a folder, by its config and the headers of its weights.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER for a model that cannot be loaded
     */
    static MemoryNeed read(Path folder, EngineOptions options) {
        ModelConfig config = ConfigFile.read(folder);
        try (Safetensors file = Safetensors.openFolder(folder)) {
            CheckpointTensors tensors = CheckpointTensors.find(file, config);
            return of(
                    config,
                    tensors,
                    BaseModel.compute(options.precision()),
                    options.deviceRoom().size() < 2);
        }
    }

    static MemoryNeed of(ModelConfig config, CheckpointTensors tensors, TensorType compute, boolean single) {
        long numbers = compute.bytes();
        // Residual stream, its norm, query and what attention gives; gate, up and their product.
        long tokenWork = (4L * config.hidden() + 3L * config.intermediate()) * numbers;
        return new MemoryNeed(
                weights(config, tensors, compute, single),
                tokenWork,
                (long) Float.BYTES * config.vocabulary(),
                2L * config.layers() * config.heads().keyValueWidth() * numbers,
                config.layers(),
                config.maxPositions());
    }

    private static long weights(ModelConfig config, CheckpointTensors tensors, TensorType compute, boolean single) {
        long shared = bytes(tensors.shared(), compute, false);
        long layers = bytes(tensors.layers(), compute, false);
        if (Torch.onGpu()) return shared + layers;
        long copied = bytes(tensors.shared(), compute, true) + bytes(tensors.layers(), compute, true);
        // The form that decoders go over to has a head of its own; the embedding stays where it is.
        long head = config.tied() ? shared : shared / 2;
        long ordered = (head + layers) / compute.bytes();
        if (VectorKernels.usable(single)) {
            boolean halved = VectorKernels.format(tensors, compute) == VectorKernels.format(TensorType.BF16);
            return copied + ordered * (halved ? TensorType.BF16 : TensorType.F32).bytes();
        }
        return compute == TensorType.BF16 && PackedWeights.known() ? copied + ordered * compute.bytes() : copied;
    }

    /** Bytes in the format that is computed in; on a processor one part in that format needs no copy of the file. */
    private static long bytes(List<List<StoredTensor>> tensors, TensorType compute, boolean copiesOnly) {
        return compute.bytes()
                * tensors.stream()
                        .filter(parts -> !copiesOnly
                                || parts.size() > 1
                                || (!parts.isEmpty() && parts.getFirst().type() != compute))
                        .flatMap(List::stream)
                        .mapToLong(StoredTensor::elements)
                        .sum();
    }

    /**
     * Bytes that steps and passes compute in, at most: of the rows of a step the logits and what is drawn from, of a pass those
     * of one part, and keys and values of a layer once more, in the order in which prompts attend.
     *
     * @param rows that decode together
     * @param passTokens of a pass over given tokens, which may run beside a step
     */
    public long work(int rows, long passTokens) {
        long attention = cacheToken / layers * (VectorDecoder.ATTENDED_TOKENS + passTokens);
        return tokenWork * (DecodeBatch.PROMPT_TOKENS + passTokens)
                + rowWork * (2L * rows + ModelConfig.HEAD_CHUNK)
                + attention;
    }

    /**
     * The room that so much memory has for a cache beside the weights and what is computed in.
     *
     * @param longestSequence in tokens, at most {@link #maxPositions}
     */
    public CacheRoom room(long freeBytes, long longestSequence) {
        return new CacheRoom(freeBytes, cacheToken, CacheRoom.leastTokens(longestSequence, layers));
    }
}
