package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.FamilyAdapterSpec;
import dev.thirteen.core.adapter.FamilySpec;
import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** Bases of families that a run chooses: as of an imported folder, with the frozen tensors made here. */
final class FamilyBasis {
    private FamilyBasis() {}

    /** What a model's small files tell of an adapter. */
    static AdapterPlan plan(ModelConfig model, FamilyAdapterSpec spec) {
        int rank = spec.family().largestRank();
        int most = model.shape().maxRank(spec.targets().of(model.shape()));
        // Random projections may be wider than a module.
        if (rank > most && !(spec.family() instanceof FamilySpec.Vera)) {
            throw new Failure(
                    Failure.Kind.CALLER, "the rank is %d, the smallest side of a module %d".formatted(rank, most));
        }
        return AdapterPlans.of(FamilyConfig.of(spec, model.shape()), model, _ -> false);
    }

    static Basis derive(BaseModel base, FamilyAdapterSpec spec, IntConsumer progress) {
        AdapterPlan plan = plan(base.config(), spec);
        List<StoredTensor> frozen = new ArrayList<>();
        if (spec.family() instanceof FamilySpec.LoraXs xs) {
            int done = 0;
            for (int index : plan.config().targets(base.shape())) {
                addFactors(base, index, xs.rank(), frozen);
                progress.accept(++done);
            }
        }
        byte[] tensors = Safetensors.bytes(Map.of(), frozen);
        try (Safetensors source = Safetensors.of("the derived tensors", tensors)) {
            byte[] file = BasisFile.write(base.digest(), plan, source);
            return Basis.planned(base.shape(), plan.family().apply(source), plan, file);
        }
    }

    /** A = Σ Vᵀ and B = U. */
    private static void addFactors(BaseModel base, int index, int rank, List<StoredTensor> frozen) {
        AdaptedModule module = base.shape().modules().get(index);
        try (PtNDArray weight = base.weight(index)) {
            TruncatedSvd svd = TruncatedSvd.of(weight, rank);
            frozen.add(StoredTensor.of(AdapterPlans.name(module, "lora_A.weight"), svd.a(1), rank, module.inWidth()));
            frozen.add(StoredTensor.of(AdapterPlans.name(module, "lora_B.weight"), svd.b(0), module.outWidth(), rank));
        }
    }
}
