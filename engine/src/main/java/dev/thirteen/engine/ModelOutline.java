package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdapterSize;
import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the small files of a Hugging Face folder say of its model, without weights and tokenizer: read in milliseconds. */
public final class ModelOutline {
    private final Path folder;
    private final ModelConfig config;
    private final boolean chat;

    private ModelOutline(Path folder, ModelConfig config, boolean chat) {
        this.folder = folder;
        this.config = config;
        this.chat = chat;
    }

    /** @throws Failure CALLER for a missing file, an architecture or a feature that the programs do not know */
    static ModelOutline read(Path folder) {
        return new ModelOutline(
                folder, ConfigFile.read(folder), ChatTemplate.read(folder).isPresent());
    }

    /** The modules that an adapter may change. */
    public ModelShape shape() {
        return config.shape();
    }

    /** Longest sequence, prompt and completion together, in tokens. */
    public int maxPositions() {
        return config.maxPositions();
    }

    /** @throws Failure CALLER when the model has no chat template, with the words of a tokenizer that is asked for it */
    public void requireChat() {
        if (!chat) throw ChatTemplate.missing(folder);
    }

    /**
     * The size that an adapter has on this model.
     *
     * @throws Failure CALLER when the model cannot have it
     */
    public AdapterSize size(FamilyAdapterSpec spec) {
        AdapterPlan plan = FamilyBasis.plan(config, spec);
        int numbers = plan.trainedNumbers();
        // Alone it has frozen tensors that come of the weights, and no number too many.
        if (spec.family() instanceof FamilySpec.LoraXs) return new AdapterSize(numbers, numbers);
        try (Safetensors nothing = Safetensors.of("nothing", Safetensors.bytes(Map.of(), List.of()))) {
            return new AdapterSize(numbers, plan.family().apply(nothing).degreesOfFreedom());
        }
    }
}
