package dev.thirteen.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.RankSchedule;
import dev.thirteen.core.adapter.TargetModules;
import java.util.List;
import java.util.Locale;

/** The adapter_config.json of a family that a run chooses, in PEFT's words. */
final class FamilyConfig {
    private final ObjectNode json = ModelFiles.JSON.createObjectNode();

    private FamilyConfig() {}

    /**
     * The config of a spec on a model.
     *
     * @throws dev.thirteen.core.failure.Failure CALLER when the spec chooses no module of the model
     */
    static AdapterConfig of(FamilyAdapterSpec spec, ModelShape shape) {
        FamilyConfig config = new FamilyConfig();
        config.add(spec, targets(spec.targets(), shape));
        return AdapterConfig.of("the run's adapter", config.json.toString());
    }

    /** A pattern is written as what it chooses: Python's expressions are not Java's, and PEFT's ask more than linears. */
    private static List<String> targets(TargetModules targets, ModelShape shape) {
        return targets.pattern().isEmpty() ? targets.names() : TargetModules.written(shape, targets.of(shape));
    }

    private void add(FamilyAdapterSpec spec, List<String> targets) {
        switch (spec.family()) {
            case FamilySpec.LoraXs xs -> {
                scaled("LORA_XS", xs.rank(), xs.alpha());
                json.put("sigma_side", "input");
            }
            case FamilySpec.Lora lora -> {
                scaled("LORA", lora.rank(), lora.alpha());
                json.put("use_rslora", lora.rankStabilised());
            }
            case FamilySpec.ShareLora shared -> {
                scaled("SHARELORA", shared.rank(), shared.alpha());
                json.put("shared", shared.shared().name().toLowerCase(Locale.ROOT));
            }
            case FamilySpec.Vera vera -> {
                json.put("peft_type", "VERA").put("r", vera.rank());
                json.put("save_projection", false).put("projection_prng_key", spec.seed());
            }
            case FamilySpec.BitFit bitFit -> json.put("peft_type", "BITFIT").put("add_biases", bitFit.addBiases());
            case FamilySpec.Full _ -> json.put("peft_type", AdapterPlans.FULL);
            case FamilySpec.AdaLora adaLora -> adaLora(adaLora);
            case FamilySpec.WeightLora weighted -> scaled("WEIGHTLORA", weighted.rank(), weighted.alpha());
        }
        boolean bitFit = spec.family() instanceof FamilySpec.BitFit;
        if (!targets.isEmpty()) targets.forEach(json.putArray("target_modules")::add);
        else if (!bitFit) json.put("target_modules", "all-linear");
        json.put("task_type", "CAUSAL_LM");
    }

    /** PEFT refuses a config without the schedule. */
    private void adaLora(FamilySpec.AdaLora adaLora) {
        RankSchedule schedule = adaLora.schedule();
        json.put("peft_type", "ADALORA").put("init_r", schedule.initialRank()).put("target_r", schedule.targetRank());
        json.put("lora_alpha", adaLora.alpha()).put("total_step", schedule.steps());
        json.put("tinit", schedule.warmupSteps()).put("tfinal", schedule.finalSteps());
        json.put("deltaT", schedule.interval());
    }

    private void scaled(String type, int rank, double alpha) {
        json.put("peft_type", type).put("r", rank).put("lora_alpha", alpha);
    }
}
