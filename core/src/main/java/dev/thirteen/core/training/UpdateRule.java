package dev.thirteen.core.training;

import dev.thirteen.core.adapter.AdaLora;
import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.adapter.WeightLora;
import dev.thirteen.core.optim.AdamW;
import java.util.Optional;

/** One update of the trained values from the gradient of the whole step. */
public sealed interface UpdateRule permits AdamRule, RankRule, ModuleWeightRule {
    /**
     * The state after an update.
     *
     * @param step of the run, counted from 0
     * @throws IllegalArgumentException for a gradient of another length, or one that is not finite
     */
    TrainedState next(TrainedState state, double[] gradient, long step);

    /**
     * The rule of a family.
     *
     * @param spec empty for TinyLoRA
     */
    static UpdateRule of(AdapterFamily family, Optional<FamilySpec> spec, AdamW optimizer) {
        if (spec.isEmpty()) return new AdamRule(optimizer);
        return switch (spec.get()) {
            case FamilySpec.AdaLora chosen
            when family instanceof AdaLora adaLora ->
                new RankRule(optimizer, adaLora, chosen.schedule(), chosen.importance());
            case FamilySpec.WeightLora chosen
            when family instanceof WeightLora weightLora ->
                new ModuleWeightRule(optimizer, weightLora.weights(), chosen.weightRate(), chosen.kept());
            case FamilySpec.LoraXs _,
                    FamilySpec.Lora _,
                    FamilySpec.ShareLora _,
                    FamilySpec.Vera _,
                    FamilySpec.BitFit _,
                    FamilySpec.Full _,
                    FamilySpec.AdaLora _,
                    FamilySpec.WeightLora _ -> new AdamRule(optimizer);
        };
    }
}
