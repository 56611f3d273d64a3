package dev.thirteen.core.adapter;

/**
 * One linear module that an adapter changes: weight [outWidth, inWidth] of {@code type} in {@code layer}.
 *
 * @param layer index of the decoder layer, from 0
 */
public record AdaptedModule(int layer, ModuleType type, int inWidth, int outWidth) {
    public AdaptedModule {
        if (layer < 0 || inWidth < 1 || outWidth < 1) {
            throw new IllegalArgumentException("layer %d, in %d, out %d".formatted(layer, inWidth, outWidth));
        }
    }

    /** Path as in Hugging Face checkpoints, for example {@code model.layers.0.self_attn.q_proj}. */
    public String path() {
        return "model.layers." + layer + "." + type.path();
    }
}
