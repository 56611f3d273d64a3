package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TiePlan;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.failure.Failure;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/** Bases of TinyLoRA as a run derives them: U, Σ, V and P as the factors of ΔW = B (Σᵢ vᵢ Pᵢ) A. */
final class TinyLoraBasis {
    private TinyLoraBasis() {}

    /**
     * A basis of given factors, by module.
     *
     * @param file what its file is, where they come from one; else it is written once for that
     */
    private static Basis of(
            ModelShape shape,
            String baseDigest,
            TinyLoraSpec spec,
            Map<Integer, TinyLora.Factors> modules,
            Optional<ContentDigest> file) {
        Map<Integer, TinyLora.Factors> shared = new TreeMap<>();
        modules.forEach((module, own) -> shared.put(
                module,
                new TinyLora.Factors(
                        own.slot(),
                        own.rank(),
                        SharedNumbers.of(own.a()),
                        SharedNumbers.of(own.b()),
                        own.p(),
                        own.s())));
        TinyLora family = new TinyLora(spec.u(), shared);
        Basis.Content content = out -> BasisFile.write(out, shape, baseDigest, spec, family);
        return Basis.derived(shape, family, spec, content, file.orElseGet(() -> ContentDigest.of(content)));
    }

    /** The basis of factors that were read from a file. */
    static Basis read(BaseModel base, TinyLoraSpec spec, Map<Integer, TinyLora.Factors> modules, byte[] file) {
        return of(base.shape(), base.digest(), spec, modules, Optional.of(ContentDigest.of(file)));
    }

    static Basis derive(BaseModel base, TinyLoraSpec spec, IntConsumer progress) {
        ModelShape shape = base.shape();
        TiePlan plan = TiePlan.of(shape, spec);
        int most = shape.maxRank(plan.modules());
        if (spec.rank() > most) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "the rank is %d, the smallest side of a module %d".formatted(spec.rank(), most));
        }
        Map<Integer, TinyLora.Factors> modules = new TreeMap<>();
        for (int index : plan.modules()) {
            try (PtNDArray weight = base.weight(index)) {
                TruncatedSvd svd = TruncatedSvd.of(weight, spec.rank());
                modules.put(index, factors(svd, spec, modules.size(), plan.slotOf(index)));
            }
            progress.accept(modules.size());
        }
        return of(shape, base.digest(), spec, modules, Optional.empty());
    }

    /** The basis of a spec with the A and B of another. */
    static Basis like(BaseModel base, TinyLora known, TinyLoraSpec spec) {
        ModelShape shape = base.shape();
        TiePlan plan = TiePlan.of(shape, spec);
        Map<Integer, TinyLora.Factors> modules = new TreeMap<>();
        for (int index : plan.modules()) {
            TinyLora.Factors of = known.factors(index);
            float[] p = projection(spec, of.rank(), modules.size());
            modules.put(index, new TinyLora.Factors(plan.slotOf(index), of.rank(), of.a(), of.b(), p, of.s()));
        }
        return of(shape, base.digest(), spec, modules, Optional.empty());
    }

    /** P ~ N(0, 1/r) from projection seed + index among the adapted modules, as in PEFT: [u, rank, rank]. */
    private static float[] projection(TinyLoraSpec spec, int rank, int index) {
        return new TorchRandom(spec.projectionSeed() + index)
                .normal(Math.multiplyExact(spec.u(), rank * rank), 1 / Math.sqrt(rank));
    }

    /** Factors of the module with this index among the adapted ones. */
    static TinyLora.Factors factors(TruncatedSvd svd, TinyLoraSpec spec, int index, int slot) {
        int rank = svd.rank();
        float[] p = projection(spec, rank, index);
        double power = spec.sigmaForm() == SigmaForm.PAPER ? 0 : 0.5;
        return new TinyLora.Factors(slot, rank, svd.a(power), svd.b(1 - power), p, svd.s());
    }
}
