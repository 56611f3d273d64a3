package dev.thirteen.engine;

import java.util.Map;

/** Adapter folders that Hugging Face PEFT loads. */
public final class PeftFolder {
    private PeftFolder() {}

    /**
     * The files of a folder for one policy: adapter_config.json, adapter_model.safetensors, README.md. A paper-form basis
     * is stored as A = Vᵀ, B = U Σ, so that PEFT computes the paper's update.
     *
     * @param baseName name of the base model, for the config
     */
    public static Map<String, byte[]> export(BaseModel base, Policy policy, String baseName) {
        throw new UnsupportedOperationException();
    }
}
