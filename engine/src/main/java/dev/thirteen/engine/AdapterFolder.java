package dev.thirteen.engine;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Adapter folders as PEFT saves them, and in the same layout those of families that PEFT lacks.
 *
 * @param policy the adapter on its base
 * @param valueType number format of the trained tensors, the widest where they differ
 */
public record AdapterFolder(Policy policy, ValueType valueType) {
    private static final String FILE = "adapter_model.safetensors";

    /**
     * Reads adapter_config.json and adapter_model.safetensors. Every tensor that the config asks for must be there, trained
     * ones too, and no other.
     *
     * @throws Failure NOT_FOUND without the folder, CALLER naming file, key or tensor and what is wrong
     */
    public static AdapterFolder read(BaseModel base, Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new Failure(Failure.Kind.NOT_FOUND, "there is no adapter folder " + folder);
        }
        AdapterConfig config = AdapterConfig.read(folder);
        Path path = folder.resolve(FILE);
        if (!Files.exists(path) && Files.exists(folder.resolve("adapter_model.bin"))) {
            throw new Failure(Failure.Kind.CALLER, folder + " has adapter_model.bin, a pickle: save it as " + FILE);
        }
        try (Safetensors file = Safetensors.open(path)) {
            return read(base, config, path.toString(), file);
        }
    }

    /**
     * Reads the two files of a folder, wherever they are; messages call them by their names in the folder.
     *
     * @param config text of adapter_config.json
     * @param tensors a file with the content of adapter_model.safetensors
     * @throws Failure CALLER naming file, key or tensor and what is wrong
     */
    public static AdapterFolder read(BaseModel base, String config, Path tensors) {
        try (Safetensors file = Safetensors.open(FILE, tensors)) {
            return read(base, AdapterConfig.of("adapter_config.json", config), FILE, file);
        }
    }

    private static AdapterFolder read(BaseModel base, AdapterConfig config, String name, Safetensors file) {
        AdapterPlan plan = plan(base, config, file);
        List<StoredTensor> trained = tensors(file, plan);
        Basis basis = Basis.read(base, BasisFile.write(base.digest(), plan, file));
        return new AdapterFolder(new Policy(basis, values(name, trained)), valueType(trained));
    }

    private static AdapterPlan plan(BaseModel base, AdapterConfig config, Safetensors file) {
        try {
            return AdapterPlans.of(config, base.config(), file::has);
        } catch (ArithmeticException e) {
            throw config.bad("asks for more numbers than an array can hold");
        }
    }

    /** The trained tensors; refuses what is missing and what is too much. */
    private static List<StoredTensor> tensors(Safetensors file, AdapterPlan plan) {
        Set<String> known = new HashSet<>();
        for (AdapterPlan.TensorSpec frozen : plan.frozen()) {
            file.get(frozen.name(), frozen.shape());
            known.add(frozen.name());
        }
        List<StoredTensor> trained = new ArrayList<>();
        for (AdapterPlan.TensorSpec spec : plan.trained()) {
            trained.add(file.get(spec.name(), spec.shape()));
            known.add(spec.name());
        }
        for (StoredTensor tensor : file.tensors()) {
            if (!known.contains(tensor.name())) {
                throw plan.config()
                        .bad("the file has tensor %s, which the config does not ask for".formatted(tensor.name()));
            }
        }
        return trained;
    }

    private static float[] values(String file, List<StoredTensor> tensors) {
        float[] values = new float
                [Math.toIntExact(
                        tensors.stream().mapToLong(StoredTensor::elements).sum())];
        int at = 0;
        for (StoredTensor tensor : tensors) {
            for (float value : tensor.floats()) {
                if (!Float.isFinite(value)) {
                    throw new Failure(
                            Failure.Kind.CALLER,
                            "%s: tensor %s has the value %s".formatted(file, tensor.name(), value));
                }
                values[at++] = value;
            }
        }
        return values;
    }

    private static ValueType valueType(List<StoredTensor> tensors) {
        if (tensors.stream().allMatch(tensor -> tensor.type() == TensorType.BF16)) return ValueType.BF16;
        if (tensors.stream().allMatch(tensor -> tensor.type() == TensorType.F16)) return ValueType.FP16;
        return ValueType.FP32;
    }
}
