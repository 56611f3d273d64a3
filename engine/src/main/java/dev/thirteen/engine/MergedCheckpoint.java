package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleUpdate;
import dev.thirteen.core.failure.Failure;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A base model with an adapter added to its weights: W + ΔW, summed in fp32 and rounded to the base's number format. Biases
 * that the base lacks are added where its architecture has a place for them.
 */
public final class MergedCheckpoint {
    private static final String CONFIG = "config.json";
    /** Files that no adapter changes: what a tokenizer reads but for the config, and what others read beside it. */
    private static final List<String> UNCHANGED = Stream.concat(
                    HfTokenizer.FILES.stream().filter(name -> !name.equals(CONFIG)),
                    Stream.of("special_tokens_map.json"))
            .toList();

    private final BaseModel base;
    private final Policy policy;
    private final Map<String, Integer> modules = new HashMap<>();

    private MergedCheckpoint(BaseModel base, Policy policy) {
        this.base = base;
        this.policy = policy;
        ModelShape shape = base.shape();
        for (int i = 0; i < shape.modules().size(); i++)
            modules.put(shape.modules().get(i).path(), i);
    }

    /**
     * Writes a Hugging Face folder with one model.safetensors.
     *
     * @param folder is made; its files are overwritten
     * @throws Failure CALLER for the base alone and for biases that the base's architecture has no place for
     */
    public static void write(BaseModel base, Policy policy, Path folder) {
        if (policy.basis() == null) throw new Failure(Failure.Kind.CALLER, "the base alone has no adapter to merge");
        new MergedCheckpoint(base, policy).write(folder);
    }

    private void write(Path folder) {
        AddedBiases added = new AddedBiases(base.config(), biased());
        try (Safetensors source = Safetensors.openFolder(base.folder())) {
            Files.createDirectories(folder);
            Files.write(folder.resolve(CONFIG), added.config(base.folder().resolve(CONFIG)));
            for (String name : UNCHANGED) {
                Path file = base.folder().resolve(name);
                Path copy = folder.resolve(name);
                if (!Files.isRegularFile(file)) continue;
                Files.createDirectories(copy.resolveSibling(""));
                Files.write(copy, ModelFiles.bytes(file));
            }
            List<StoredTensor> tensors = added.with(source.tensors());
            try (OutputStream out =
                    new BufferedOutputStream(Files.newOutputStream(folder.resolve("model.safetensors")))) {
                Safetensors.write(out, Map.of("format", "pt"), tensors, this::merged);
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, folder + " cannot be written: " + e.getMessage(), e);
        }
    }

    private List<AdaptedModule> biased() {
        return base.shape().modules().stream()
                .filter(module -> update(module.path()).bias().length > 0)
                .toList();
    }

    private ModuleUpdate update(String path) {
        Basis basis = Objects.requireNonNull(policy.basis());
        @Nullable Integer module = modules.get(path);
        return module == null ? ModuleUpdate.NONE : basis.family().update(module, policy.values());
    }

    /** The tensor as the merged file has it. */
    private StoredTensor merged(StoredTensor tensor) {
        int dot = tensor.name().lastIndexOf('.');
        if (dot < 0) return tensor;
        String path = tensor.name().substring(0, dot);
        ModuleUpdate update = update(path);
        if (tensor.name().endsWith(".bias")) return plus(tensor, update.bias());
        if (update.rank() == 0) return tensor;
        AdaptedModule module = base.shape().modules().get(Objects.requireNonNull(modules.get(path)));
        return plus(tensor, update.dense(module));
    }

    private static StoredTensor plus(StoredTensor tensor, float[] delta) {
        if (delta.length == 0) return tensor;
        float[] sum = tensor.floats();
        for (int i = 0; i < sum.length; i++) sum[i] += delta[i];
        return StoredTensor.of(tensor.name(), tensor.type(), sum, tensor.shape());
    }
}
