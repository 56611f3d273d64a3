package dev.thirteen.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Adapter folders of every family on models/tiny-arithmetic: tensors by the names of PEFT and of the papers' own code. */
enum FamilyFolder {
    TINYLORA(
            Kept.AS_IT_IS,
            "'peft_type': 'TINYLORA', 'r': 2, 'u': 3, 'weight_tying': 1.0",
            List.of("q_proj", "down_proj"),
            (file, at) -> at.add(file, "tinylora_A", 2, at.in)
                    .add(at.name("tinylora_B"), at.out, 2)
                    .add(at.name("tinylora_P"), 3, 2, 2),
            file -> file.add("base_model.tinylora_v.0", 3)),
    TINYLORA_SEEDED(
            Kept.AS_IT_IS,
            "'peft_type': 'TINYLORA', 'r': 2, 'u': 3, 'weight_tying': 1.0, 'save_projection': false,"
                    + " 'projection_seed': 5",
            List.of("v_proj"),
            (file, at) -> at.add(file, "tinylora_A", 2, at.in).add(at.name("tinylora_B"), at.out, 2),
            file -> file.add("base_model.tinylora_v.0", 3)),
    LORA(
            Kept.AS_IT_IS,
            "'peft_type': 'LORA', 'r': 3, 'lora_alpha': 3, 'use_rslora': true, 'rank_pattern': {'v_proj': 2},"
                    + " 'alpha_pattern': {'up_proj': 2}",
            List.of("q_proj", "v_proj", "up_proj"),
            (file, at) -> {
                int rank = at.path.endsWith("v_proj") ? 2 : 3;
                at.add(file, "lora_A.weight", rank, at.in).add(at.name("lora_B.weight"), at.out, rank);
            }),
    ADALORA(
            Kept.AS_IT_IS,
            "'peft_type': 'ADALORA', 'init_r': 3, 'lora_alpha': 6",
            List.of("k_proj"),
            (file, at) -> at.add(file, "lora_A", 3, at.in)
                    .add(at.name("lora_B"), at.out, 3)
                    .add(at.name("lora_E"), 3, 1)),
    /** Layer 0 keeps two of three triplets, layer 1 none. */
    ADALORA_PRUNED(
            Kept.AS_IT_IS,
            "'peft_type': 'ADALORA', 'init_r': 3, 'lora_alpha': 6, 'rank_pattern': {"
                    + "'model.layers.0.self_attn.k_proj.lora_E': [true, false, true],"
                    + "'model.layers.1.self_attn.k_proj.lora_E': [false, false, false]}",
            List.of("k_proj"),
            (file, at) -> {
                int rank = at.layer == 0 ? 2 : at.layer == 1 ? 0 : 3;
                at.add(file, "lora_A", rank, at.in)
                        .add(at.name("lora_B"), at.out, rank)
                        .add(at.name("lora_E"), rank, 1);
            }),
    VERA(
            Kept.AS_IT_IS,
            "'peft_type': 'VERA', 'r': 4",
            List.of("q_proj", "down_proj"),
            FamilyFolder::lambdas,
            file -> file.add("base_model.vera_A", 4, 576).add("base_model.vera_B", 192, 4)),
    VERA_SEEDED(
            Kept.AS_IT_IS,
            "'peft_type': 'VERA', 'r': 4, 'save_projection': false, 'projection_prng_key': 7",
            List.of("q_proj", "down_proj"),
            FamilyFolder::lambdas),
    LORA_XS(
            Kept.AS_LORA,
            "'peft_type': 'LORA_XS', 'r': 3, 'lora_alpha': 4, 'sigma_side': 'input'",
            List.of("q_proj", "o_proj"),
            (file, at) -> at.add(file, "lora_A.weight", 3, at.in)
                    .add(at.name("lora_B.weight"), at.out, 3)
                    .add(at.name("default_lora_latent_mapping.weight"), 3, 3)),
    /** A of a kind of module is that of its first layer. */
    SHARELORA(
            Kept.AS_LORA,
            "'peft_type': 'SHARELORA', 'r': 2, 'lora_alpha': 2, 'shared': 'A'",
            List.of("q_proj", "v_proj"),
            (file, at) -> {
                if (at.layer == 0) at.add(file, "lora_A.weight", 2, at.in);
                at.add(file, "lora_B.weight", at.out, 2);
            }),
    WEIGHTLORA(
            Kept.AS_LORA,
            "'peft_type': 'WEIGHTLORA', 'r': 2, 'lora_alpha': 4",
            List.of("gate_proj"),
            (file, at) -> at.add(file, "lora_A.weight", 2, at.in)
                    .add(at.name("lora_B.weight"), at.out, 2)
                    .add(at.name("lora_weight"), 1)),
    BITFIT(
            Kept.MERGED_ALONE,
            "'peft_type': 'BITFIT'",
            List.of("q_proj", "k_proj", "v_proj"),
            (file, at) -> at.add(file, "bias_delta", at.out));

    /** What an export for PEFT is. */
    enum Kept {
        /** The folder that was imported. */
        AS_IT_IS,
        /** An equivalent plain LoRA: PEFT lacks the family. */
        AS_LORA,
        /** Refused: no adapter file of PEFT holds biases. */
        MERGED_ALONE
    }

    private static final int LAYERS = 6;

    /** A linear of the model: [out, in]. */
    private record Linear(int layer, String path, int in, int out) {
        static Linear of(int layer, String name) {
            return switch (name) {
                case "q_proj", "o_proj" -> new Linear(layer, "self_attn." + name, 192, 192);
                case "k_proj", "v_proj" -> new Linear(layer, "self_attn." + name, 192, 96);
                case "gate_proj", "up_proj" -> new Linear(layer, "mlp." + name, 192, 576);
                case "down_proj" -> new Linear(layer, "mlp." + name, 576, 192);
                default -> throw new IllegalArgumentException(name);
            };
        }

        String name(String tensor) {
            return "base_model.model.model.layers." + layer + "." + path + "." + tensor;
        }

        TensorFile add(TensorFile file, String tensor, int... shape) {
            return file.add(name(tensor), shape);
        }
    }

    final Kept kept;
    private final String config;
    private final List<String> targets;
    private final BiConsumer<TensorFile, Linear> each;
    private final Consumer<TensorFile> once;

    FamilyFolder(Kept kept, String config, List<String> targets, BiConsumer<TensorFile, Linear> each) {
        this(kept, config, targets, each, file -> {});
    }

    FamilyFolder(
            Kept kept,
            String config,
            List<String> targets,
            BiConsumer<TensorFile, Linear> each,
            Consumer<TensorFile> once) {
        this.kept = kept;
        this.config = config;
        this.targets = targets;
        this.each = each;
        this.once = once;
    }

    private static void lambdas(TensorFile file, Linear at) {
        at.add(file, "vera_lambda_d", 4).add(at.name("vera_lambda_b"), at.out);
    }

    /** The name it is imported by. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Writes the folder, with random numbers that move the model. */
    Path write(Path folder) throws IOException {
        TensorFile tensors = new TensorFile(new Random(ordinal()));
        for (int layer = 0; layer < LAYERS; layer++) {
            for (String target : targets) each.accept(tensors, Linear.of(layer, target));
        }
        once.accept(tensors);
        Files.createDirectory(folder);
        String modules = "'target_modules': ['" + String.join("', '", targets) + "']";
        Files.writeString(
                folder.resolve("adapter_config.json"), ("{" + config + ", " + modules + "}").replace('\'', '"'));
        tensors.write(folder.resolve("adapter_model.safetensors"));
        return folder;
    }
}
