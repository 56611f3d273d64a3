package dev.thirteen.engine;

import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;

/**
 * What the small files of a Hugging Face folder say of its model, without weights and tokenizer: read in milliseconds.
 *
 * @param shape the modules that an adapter may change
 * @param maxPositions longest sequence, prompt and completion together, in tokens
 * @param chat whether the model has a chat template
 */
public record ModelOutline(ModelShape shape, int maxPositions, boolean chat) {
    /** @throws Failure CALLER for a missing file, an architecture or a feature that the programs do not know */
    static ModelOutline read(Path folder) {
        ModelConfig config = ConfigFile.read(folder);
        return new ModelOutline(
                config.shape(), config.maxPositions(), ChatTemplate.read(folder).isPresent());
    }
}
