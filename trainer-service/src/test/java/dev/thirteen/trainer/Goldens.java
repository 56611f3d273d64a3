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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
    static final int WIDTH = 64;
    static final int LAYERS = 3;

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

    /** BitFit of the q projections: ones, as anybody's program would write them. */
    static Folder bitFit() {
        int bytes = WIDTH * Float.BYTES;
        StringBuilder header = new StringBuilder();
        for (int layer = 0; layer < LAYERS; layer++) {
            header.append(layer == 0 ? "{" : ", ")
                    .append("\"base_model.model.model.layers.%d.self_attn.q_proj.bias_delta\"".formatted(layer))
                    .append(": {\"dtype\": \"F32\", \"shape\": [%d], \"data_offsets\": [%d, %d]}"
                            .formatted(WIDTH, layer * bytes, (layer + 1) * bytes));
        }
        byte[] text = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(Long.BYTES + text.length + LAYERS * bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text);
        while (file.hasRemaining()) file.putFloat(1);
        return new Folder("{\"peft_type\": \"BITFIT\", \"target_modules\": [\"q_proj\"]}", file.array());
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
