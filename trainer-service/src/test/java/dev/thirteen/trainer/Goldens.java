package dev.thirteen.trainer;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.engine.AdapterExport;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/** Adapter folders on the engine's golden model. */
final class Goldens {
    private static final Path HOME = Path.of(System.getProperty("thirteen.home"), "engine/src/test/resources/golden");

    static final Path MODELS = HOME.resolve("models");
    static final String BASE = "qwen2-tied";

    /** The two files of a folder. */
    record Folder(String config, byte[] tensors) {}

    private Goldens() {}

    /** What PEFT saved: TinyLoRA with 13 numbers. */
    static Folder tinyLora() throws IOException {
        Path folder = HOME.resolve("adapters/tinylora-u13-tied");
        return new Folder(
                Files.readString(folder.resolve("adapter_config.json")),
                Files.readAllBytes(folder.resolve("adapter_model.safetensors")));
    }

    /** A plain LoRA of rank 8, too large for a message. */
    static Folder lora(long seed) {
        TinyLoraSpec spec = new TinyLoraSpec(2, 3, Tying.TILED, 1, SigmaForm.PAPER, 1, ValueType.FP32);
        try (BaseModel base = BaseModel.load(MODELS.resolve(BASE), new EngineOptions(Precision.FP32, 1))) {
            Basis basis = Basis.derive(base, spec);
            float[] values = new float[basis.trainedNumbers()];
            Random random = new Random(seed);
            for (int i = 0; i < values.length; i++) values[i] = (float) random.nextGaussian();
            Map<String, byte[]> files = AdapterExport.files(
                    base, new Policy(basis, values), ValueType.FP32, BASE, AdapterExport.Format.LORA);
            return new Folder(
                    new String(files.get("adapter_config.json"), StandardCharsets.UTF_8),
                    files.get("adapter_model.safetensors"));
        }
    }
}
