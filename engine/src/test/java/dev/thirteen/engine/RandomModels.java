package dev.thirteen.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Model folders with random weights whose logits are as spread as those of a trained model. */
final class RandomModels {
    private static final List<String> TOKENIZER =
            List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json");

    private RandomModels() {}

    /**
     * Writes a model with the tokenizer and, but for some changes, the config of a golden one.
     *
     * @param like name of the golden model, whose weights may be absent
     */
    static Path write(Path folder, String like, long seed, Consumer<ObjectNode> change) {
        try {
            Files.createDirectories(folder);
            Path golden = Golden.model(like);
            for (String name : TOKENIZER) Files.write(folder.resolve(name), Files.readAllBytes(golden.resolve(name)));
            ObjectNode config = (ObjectNode) ModelFiles.jsonIfPresent(golden.resolve("config.json"));
            change.accept(config);
            Files.writeString(folder.resolve("config.json"), config.toString());
            List<StoredTensor> tensors = new ArrayList<>();
            for (CheckpointLayout.Entry entry : CheckpointLayout.of(ConfigFile.read(folder))) {
                tensors.add(StoredTensor.of(entry.name(), numbers(entry, seed + tensors.size()), entry.longShape()));
            }
            Files.write(folder.resolve("model.safetensors"), Safetensors.bytes(Map.of("format", "pt"), tensors));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Norms around one, biases and embeddings around zero, products that keep the size of what goes in. */
    private static float[] numbers(CheckpointLayout.Entry entry, long seed) {
        TorchRandom random = new TorchRandom(seed);
        if (entry.shape().length == 2) {
            boolean embedding = entry.name().contains("embed");
            return random.normal(entry.elements(), embedding ? 0.2 : 1 / Math.sqrt(entry.shape()[1]));
        }
        float[] numbers = random.normal(entry.elements(), 0.1);
        if (!entry.name().endsWith(".bias")) for (int i = 0; i < numbers.length; i++) numbers[i] += 1;
        return numbers;
    }
}
