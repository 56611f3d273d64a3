package dev.thirteen.cli;

import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.proto.policy.v1.AdaLoraSpec;
import dev.thirteen.proto.policy.v1.BitFitSpec;
import dev.thirteen.proto.policy.v1.FamilySpec;
import dev.thirteen.proto.policy.v1.FullSpec;
import dev.thirteen.proto.policy.v1.LoraSpec;
import dev.thirteen.proto.policy.v1.LoraXsSpec;
import dev.thirteen.proto.policy.v1.ShareLoraSpec;
import dev.thirteen.proto.policy.v1.SigmaForm;
import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.policy.v1.ValueType;
import dev.thirteen.proto.policy.v1.VeraSpec;
import dev.thirteen.proto.policy.v1.WeightLoraSpec;
import dev.thirteen.proto.training.v1.RunSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The adapter of a run file: its type, and the keys that this type has. */
final class AdapterSection {
    private static final Map<String, Tying> TYING =
            Map.of("all", Tying.TYING_ALL, "tiled", Tying.TYING_TILED, "structured", Tying.TYING_STRUCTURED);
    private static final Map<String, SigmaForm> SIGMA =
            Map.of("paper", SigmaForm.SIGMA_FORM_PAPER, "sqrt", SigmaForm.SIGMA_FORM_SQRT);
    private static final Map<String, ValueType> VALUES = Map.of(
            "fp32", ValueType.VALUE_TYPE_FP32, "bf16", ValueType.VALUE_TYPE_BF16, "fp16", ValueType.VALUE_TYPE_FP16);
    private static final Map<String, ShareLoraSpec.Shared> SHARED = Map.of(
            "a", ShareLoraSpec.Shared.SHARED_A,
            "b", ShareLoraSpec.Shared.SHARED_B,
            "both", ShareLoraSpec.Shared.SHARED_BOTH);
    /** PEFT's word, and a shorter one. */
    private static final Set<String> ALL = Set.of("all", "all-linear");

    private static final Map<String, String> TYPES = Section.words(
            "tinylora", "lora-xs", "lora", "sharelora", "vera", "bitfit", "adalora", "weightlora", "full");

    /** Types that begin with zeros, and whose frozen part follows from the base. */
    private static final Set<String> DRAWLESS = Set.of("lora-xs", "bitfit", "full");
    /** What says when and which triplets AdaLoRA drops; after the final steps begin it drops none anyway. */
    private static final List<String> CHOICE =
            List.of("warmup-steps", "interval", "sensitivity-decay", "uncertainty-decay");

    private final Section section;

    AdapterSection(Section section) {
        this.section = section;
    }

    /** Sets the adapter of a run. */
    void read(RunSpec.Builder run) {
        String type = section.choice("type", TYPES, "tinylora");
        TargetModules targets = targets();
        if (type.equals("tinylora")) {
            run.setAdapter(tinyLora(run).addAllTargetModules(targets.names()).setTargetPattern(targets.pattern()));
        } else {
            FamilySpec.Builder spec = FamilySpec.newBuilder()
                    .addAllTargetModules(targets.names())
                    .setTargetPattern(targets.pattern())
                    .setSeed(section.whole("seed", RunDefaults.SEED))
                    .setValueType(section.choice("values", VALUES, ValueType.VALUE_TYPE_BF16));
            if (DRAWLESS.contains(type)) section.idle("seed", "with type: " + type + ", which draws nothing");
            family(type, spec);
            run.setFamilyAdapter(spec);
        }
        section.end();
    }

    /** A list of names, a regular expression, or a word for all. */
    private TargetModules targets() {
        String key = "target-modules";
        if (section.isList(key)) {
            List<String> names = section.texts(key);
            if (names.isEmpty()) section.problem(key, "names no module (leave it out for all)");
            return new TargetModules(names, "");
        }
        String pattern = section.text(key, "all");
        if (pattern.isBlank()) section.problem(key, "is empty (leave it out for all)");
        return ALL.contains(pattern) ? TargetModules.ALL : TargetModules.matching(pattern);
    }

    private void family(String type, FamilySpec.Builder spec) {
        switch (type) {
            case "lora-xs" -> {
                int rank = rank(RunDefaults.LORA_RANK);
                spec.setLoraXs(LoraXsSpec.newBuilder().setRank(rank).setAlpha(alpha(rank)));
            }
            case "lora" -> {
                int rank = rank(RunDefaults.LORA_RANK);
                boolean stabilised = section.flag("rank-stabilised", false);
                spec.setLora(LoraSpec.newBuilder()
                        .setRank(rank)
                        .setAlpha(alpha(rank))
                        .setRankStabilised(stabilised));
            }
            case "sharelora" -> {
                int rank = rank(RunDefaults.LORA_RANK);
                spec.setShareLora(ShareLoraSpec.newBuilder()
                        .setRank(rank)
                        .setAlpha(alpha(rank))
                        .setShared(section.choice("shared", SHARED, ShareLoraSpec.Shared.SHARED_A)));
            }
            case "vera" -> spec.setVera(VeraSpec.newBuilder().setRank(rank(RunDefaults.VERA_RANK)));
            case "bitfit" -> spec.setBitFit(BitFitSpec.newBuilder().setAddBiases(section.flag("add-biases", false)));
            case "adalora" -> spec.setAdaLora(adaLora());
            case "full" -> spec.setFull(FullSpec.getDefaultInstance());
            default -> spec.setWeightLora(weightLora());
        }
    }

    private AdaLoraSpec adaLora() {
        int initial = section.count("initial-rank", RunDefaults.ADALORA_INITIAL_RANK);
        int target = section.count("target-rank", RunDefaults.ADALORA_TARGET_RANK);
        if (target == initial) {
            for (String key : CHOICE) section.idle(key, "where target-rank is initial-rank and all triplets stay");
        }
        return AdaLoraSpec.newBuilder()
                .setInitialRank(initial)
                .setTargetRank(target)
                .setAlpha(alpha(initial))
                .setWarmupSteps(section.count("warmup-steps", 0))
                .setFinalSteps(section.count("final-steps", 0))
                .setInterval(section.positive("interval", 1))
                .setSensitivityDecay(section.number("sensitivity-decay", RunDefaults.ADALORA_DECAY))
                .setUncertaintyDecay(section.number("uncertainty-decay", RunDefaults.ADALORA_DECAY))
                .setOrthogonality(section.number("orthogonality", RunDefaults.ADALORA_ORTHOGONALITY))
                .build();
    }

    private WeightLoraSpec weightLora() {
        section.require("weight-learning-rate", "kept-modules");
        int rank = rank(RunDefaults.LORA_RANK);
        return WeightLoraSpec.newBuilder()
                .setRank(rank)
                .setAlpha(alpha(rank))
                .setWeightLearningRate(section.number("weight-learning-rate", 0))
                .setKeptModules(section.count("kept-modules", 0))
                .build();
    }

    private int rank(int otherwise) {
        return section.count("rank", otherwise);
    }

    /** Without one the scale is 1. */
    private double alpha(int rank) {
        return section.number("alpha", rank);
    }

    private TinyLoraSpec.Builder tinyLora(RunSpec.Builder run) {
        budget(run);
        Tying tying = section.choice("tying", TYING, Tying.TYING_ALL);
        int tie = section.count("n-tie", 0);
        if (tying == Tying.TYING_ALL) section.idle("n-tie", "with tying: all", "use tiled or structured");
        else section.require("n-tie");
        return TinyLoraSpec.newBuilder()
                .setRank(rank(RunDefaults.RANK))
                .setU(section.count("u", RunDefaults.U))
                .setTying(tying)
                .setNTie(tie)
                .setSigmaForm(section.choice("sigma", SIGMA, SigmaForm.SIGMA_FORM_PAPER))
                .setProjectionSeed(section.whole("projection-seed", RunDefaults.PROJECTION_SEED))
                .setValueType(section.choice("values", VALUES, ValueType.VALUE_TYPE_BF16));
    }

    /** Numbers or bytes instead of rank, u and tying. */
    private void budget(RunSpec.Builder run) {
        boolean numbers = section.has("budget");
        boolean bytes = section.has("budget-bytes");
        long most = section.whole("budget", 0);
        long mostBytes = section.whole("budget-bytes", 0);
        if (!numbers && !bytes) return;
        if (numbers && bytes) section.problem("budget-bytes", "has no meaning beside budget");
        for (String key : new String[] {"rank", "u", "tying", "n-tie"}) {
            section.idle(key, "with a budget, which decides it");
        }
        if (numbers) run.getBudgetBuilder().setNumbers(most);
        else run.getBudgetBuilder().setBytes(mostBytes);
    }
}
