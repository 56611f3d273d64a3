package dev.thirteen.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.BitFit;
import dev.thirteen.core.adapter.FullWeights;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleUpdate;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Policies as adapter folders of others' formats. */
public final class AdapterExport {
    /** Least {@code max_lora_rank} of vLLM beside 1; a lower rank is filled up with zeros. */
    private static final int LEAST_RANK = 8;

    /** Largest {@code max_lora_rank} of vLLM. */
    private static final int MOST_RANK = 512;

    private static final Set<String> PEFT_TYPES = Set.of("TINYLORA", "LORA", "ADALORA", "VERA");

    /** What a folder is for. */
    public enum Format {
        /** Hugging Face PEFT: the family as it is where PEFT has it, an equivalent plain LoRA otherwise. */
        PEFT,
        /** An equivalent plain LoRA of one rank, as vLLM and SGLang load it. */
        LORA
    }

    /** What becomes of a family in {@link Format#PEFT}. */
    public enum PeftForm {
        /** PEFT has the family: the same tensors under a config that it reads alike. */
        FAMILY,
        /** PEFT lacks it: an equivalent plain LoRA. */
        PLAIN_LORA,
        /** PEFT lacks it and no LoRA is equivalent: it is refused. */
        NONE
    }

    private AdapterExport() {}

    /** What becomes of policies on a basis in {@link Format#PEFT}. */
    public static PeftForm peftForm(Basis basis) {
        if (basis.tinyLora().isPresent()) return PeftForm.FAMILY;
        if (basis.plan()
                .filter(plan -> PEFT_TYPES.contains(plan.config().type()))
                .isPresent()) return PeftForm.FAMILY;
        return basis.family() instanceof BitFit ? PeftForm.NONE : PeftForm.PLAIN_LORA;
    }

    /**
     * The files of a folder: adapter_config.json, adapter_model.safetensors, README.md.
     *
     * @param valueType number format of trained tensors of an imported adapter
     * @param baseName name of the base model, for the config
     * @throws Failure CALLER for the base alone, for a policy of another base and for a family that the format cannot hold
     */
    public static Map<String, byte[]> files(
            BaseModel base, Policy policy, ValueType valueType, String baseName, Format format) {
        Basis basis = policy.basis();
        if (basis == null) throw new Failure(Failure.Kind.CALLER, "the base alone has no adapter to export");
        basis.requireWhole();
        if (!basis.shape().equals(base.shape())) {
            throw new Failure(Failure.Kind.CALLER, "the policy's basis is of another base model");
        }
        if (format == Format.LORA || peftForm(basis) != PeftForm.FAMILY) {
            return plainLora(basis, policy, baseName, format);
        }
        return basis.plan()
                .map(plan -> imported(basis, plan, policy.values(), valueType))
                .orElseGet(() -> TinyLoraFolder.files(basis, policy.values(), baseName));
    }

    /** The folder that was imported: the same config and tensors. */
    private static Map<String, byte[]> imported(Basis basis, AdapterPlan plan, float[] values, ValueType valueType) {
        List<StoredTensor> tensors = new ArrayList<>();
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (Safetensors file = Safetensors.of("the basis", basis.toBytes())) {
            tensors.addAll(file.tensors());
            int at = 0;
            for (AdapterPlan.TensorSpec spec : plan.trained()) {
                float[] part = Arrays.copyOfRange(values, at, at + spec.elements());
                tensors.add(StoredTensor.of(spec.name(), valueType, part, spec.shape()));
                at += part.length;
            }
            files.put("adapter_config.json", utf8(plan.config().text()));
            files.put("adapter_model.safetensors", Safetensors.bytes(Map.of("format", "pt"), tensors));
        }
        files.put("README.md", utf8("An adapter of the family " + plan.config().type() + ", as it was imported.\n"));
        return files;
    }

    /** A and B R of every module, filled up to one rank; α is the rank, so that the scale is 1. */
    private static Map<String, byte[]> plainLora(Basis basis, Policy policy, String baseName, Format format) {
        ModelShape shape = basis.shape();
        // A rank as large as a matrix is wide: for PEFT a folder that it loads, for servers more than the checkpoint
        // itself.
        if (format == Format.LORA && basis.family() instanceof FullWeights) {
            throw merged("full weights are no LoRA of a rank that is served");
        }
        Map<Integer, ModuleUpdate> updates = updates(basis, policy);
        if (updates.isEmpty()) {
            throw new Failure(Failure.Kind.CALLER, "the adapter changes nothing: a plain LoRA of it has no module");
        }
        if (format == Format.LORA) fillFused(shape, updates);
        int rank = updates.values().stream().mapToInt(ModuleUpdate::rank).max().orElseThrow();
        rank = Math.max(rank, LEAST_RANK);
        if (format == Format.LORA && rank > MOST_RANK) {
            throw merged("a plain LoRA of rank %d is more than vLLM serves (%d)".formatted(rank, MOST_RANK));
        }
        List<StoredTensor> tensors = new ArrayList<>();
        for (Map.Entry<Integer, ModuleUpdate> entry : updates.entrySet()) {
            AdaptedModule module = shape.modules().get(entry.getKey());
            ModuleUpdate update = entry.getValue();
            float[] a = Arrays.copyOf(update.a(), rank * module.inWidth());
            float[] b = widened(update.left(), module.outWidth(), update.rank(), rank);
            tensors.add(StoredTensor.of(AdapterPlans.name(module, "lora_A.weight"), a, rank, module.inWidth()));
            tensors.add(StoredTensor.of(AdapterPlans.name(module, "lora_B.weight"), b, module.outWidth(), rank));
        }
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(
                "adapter_config.json",
                loraConfig(rank, TargetModules.written(shape, List.copyOf(updates.keySet())), baseName));
        files.put("adapter_model.safetensors", Safetensors.bytes(Map.of("format", "pt"), tensors));
        files.put("README.md", utf8("An adapter of %s as plain LoRA of rank %d.\n".formatted(baseName, rank)));
        return files;
    }

    /** What is added to each linear, by its place in the model's order; without those that nothing is added to. */
    private static Map<Integer, ModuleUpdate> updates(Basis basis, Policy policy) {
        Map<Integer, ModuleUpdate> updates = new TreeMap<>();
        for (int i = 0; i < basis.shape().modules().size(); i++) {
            ModuleUpdate update = basis.family().update(i, policy.values());
            if (update.bias().length > 0) throw merged("biases cannot be written as LoRA");
            if (update.rank() > 0) updates.put(i, update);
        }
        return updates;
    }

    /** SGLang stacks the adapters of q, k and v, and of gate and up, and fails where one of them is missing. */
    private static void fillFused(ModelShape shape, Map<Integer, ModuleUpdate> updates) {
        for (int index : List.copyOf(updates.keySet())) {
            AdaptedModule module = shape.modules().get(index);
            int first = index - module.type().ordinal();
            AdapterLayout.KINDS.stream()
                    .filter(kind -> kind.contains(module.type()))
                    .flatMap(List::stream)
                    .forEach(type -> updates.putIfAbsent(first + type.ordinal(), ModuleUpdate.NONE));
        }
    }

    private static Failure merged(String why) {
        return new Failure(Failure.Kind.CALLER, why + "; export a merged checkpoint");
    }

    private static float[] widened(float[] b, int rows, int columns, int wanted) {
        float[] wide = new float[rows * wanted];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(b, row * columns, wide, row * wanted, columns);
        }
        return wide;
    }

    private static byte[] loraConfig(int rank, List<String> targets, String baseName) {
        ObjectNode config = ModelFiles.JSON.createObjectNode();
        config.put("base_model_name_or_path", baseName);
        config.put("bias", "none");
        config.put("fan_in_fan_out", false);
        config.put("inference_mode", true);
        config.put("init_lora_weights", true);
        config.put("lora_alpha", rank);
        config.put("lora_dropout", 0.0);
        config.put("peft_type", "LORA");
        config.put("r", rank);
        targets.forEach(config.putArray("target_modules")::add);
        config.put("task_type", "CAUSAL_LM");
        return utf8(config.toPrettyString() + "\n");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
