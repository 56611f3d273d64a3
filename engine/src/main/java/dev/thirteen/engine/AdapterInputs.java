package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.core.adapter.AdapterFamily.TrainedPart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the programs take of a list of policies: the factors of all of them side by side, and for each policy its R, which
 * columns are its own, and its bias (blocks.py says how). Empty lists when all are the base alone.
 */
final class AdapterInputs implements AutoCloseable {
    private static final int KINDS = AdapterLayout.KIND_COUNT;

    /** Tensors that outlive one list of policies. */
    interface Factors {
        FactorTensors frozen(Basis basis);

        FactorTensors own(Policy policy);
    }

    private final PtNDManager manager = Torch.newManager();
    private final BaseModel base;
    private final List<Policy> policies;
    private final Map<FrozenFactors, FactorTensors> frozen = new LinkedHashMap<>();
    private final Map<Policy, FactorTensors> own = new LinkedHashMap<>();
    private final Map<Policy, AdapterLayout> layouts = new LinkedHashMap<>();
    private final PtNDArray[] factors;
    private final PtNDArray[] terms;
    private final IValue factorList;
    private final IValue termList;

    AdapterInputs(BaseModel base, List<Policy> policies, Factors source) {
        this.base = base;
        this.policies = List.copyOf(policies);
        for (Policy policy : policies) {
            Basis basis = policy.basis();
            if (basis == null) continue;
            layouts.put(policy, new AdapterLayout(base.shape(), basis.family(), policy.values()));
            switch (basis.family().trainedPart()) {
                case CORE -> frozen.computeIfAbsent(basis.frozen(), _ -> source.frozen(basis));
                case FACTORS -> own.computeIfAbsent(policy, source::own);
                case BIAS -> {}
            }
        }
        this.factors = layouts.isEmpty() ? new PtNDArray[0] : factors();
        this.terms = layouts.isEmpty() ? new PtNDArray[0] : terms();
        TorchProgram.nameList("adapters", factors);
        TorchProgram.nameList("policies", terms);
        this.factorList = IValue.listFrom(factors);
        this.termList = IValue.listFrom(terms);
    }

    private PtNDArray[] factors() {
        PtNDArray[] all = new PtNDArray[base.shape().layers() * KINDS * 4];
        for (int at = 0; at < all.length / 4; at++) {
            all[4 * at] = beside(List.copyOf(frozen.values()), at, true);
            all[4 * at + 1] = beside(List.copyOf(frozen.values()), at, false);
            all[4 * at + 2] = beside(List.copyOf(own.values()), at, true);
            all[4 * at + 3] = beside(List.copyOf(own.values()), at, false);
        }
        return all;
    }

    /** A below each other, B beside each other. A single one is not copied, so that a gradient finds it. */
    private PtNDArray beside(List<FactorTensors> sets, int at, boolean a) {
        List<PtNDArray> parts = new ArrayList<>();
        for (FactorTensors set : sets) {
            @Nullable PtNDArray part = a ? set.a(at) : set.b(at);
            if (part != null) parts.add(part);
        }
        if (parts.isEmpty()) return nothing();
        if (parts.size() == 1) return parts.getFirst();
        TorchProgram program = TorchProgram.load(Map.of(), "beside.py");
        try (IValue list = IValue.listFrom(parts.toArray(PtNDArray[]::new));
                IValue dimension = IValue.from(a ? 0L : 1L)) {
            return (PtNDArray) program.infer(manager, list, dimension).getFirst();
        }
    }

    private PtNDArray nothing() {
        return Torch.of(manager, new float[1], 1);
    }

    private PtNDArray[] terms() {
        PtNDArray[] terms = new PtNDArray[KINDS + 2];
        for (int kind = 0; kind < KINDS; kind++) terms[kind] = cores(kind);
        terms[KINDS] = masks();
        terms[KINDS + 1] = biases();
        return terms;
    }

    /** R of all policies for one kind: [layers, policies, k, k]; k is the sum over all bases. */
    private PtNDArray cores(int kind) {
        int side = frozen.values().stream().mapToInt(set -> set.rank(kind)).sum();
        if (side == 0) return nothing();
        int layers = base.shape().layers();
        float[] all = new float[Math.multiplyExact(layers * policies.size(), side * side)];
        for (int p = 0; p < policies.size(); p++) {
            AdapterLayout layout = layouts.get(policies.get(p));
            if (layout == null || part(policies.get(p)) != TrainedPart.CORE) continue;
            int corner = corner(policies.get(p), kind);
            for (int layer = 0; layer < layers; layer++) {
                layout.core(layer, kind, all, (layer * policies.size() + p) * side * side, side, corner);
            }
        }
        return Torch.of(manager, all, layers, policies.size(), side, side);
    }

    /** Where the columns of a policy's basis begin. */
    private int corner(Policy policy, int kind) {
        int corner = 0;
        for (Map.Entry<FrozenFactors, FactorTensors> set : frozen.entrySet()) {
            if (set.getKey().equals(frozen(policy))) break;
            corner += set.getValue().rank(kind);
        }
        return corner;
    }

    private static FrozenFactors frozen(Policy policy) {
        return Objects.requireNonNull(policy.basis()).frozen();
    }

    private static TrainedPart part(Policy policy) {
        return Objects.requireNonNull(policy.basis()).family().trainedPart();
    }

    /** 1 where a column of the own factors belongs to a policy: [policies, columns of all fused linears]. */
    private PtNDArray masks() {
        if (own.isEmpty() || policies.size() == 1) return nothing();
        int linears = base.shape().layers() * KINDS;
        int total = 0;
        for (FactorTensors set : own.values()) for (int at = 0; at < linears; at++) total += set.rank(at);
        float[] all = new float[Math.multiplyExact(policies.size(), total)];
        int column = 0;
        for (int at = 0; at < linears; at++) {
            for (Map.Entry<Policy, FactorTensors> set : own.entrySet()) {
                int first = policies.indexOf(set.getKey()) * total + column;
                Arrays.fill(all, first, first + set.getValue().rank(at), 1);
                column += set.getValue().rank(at);
            }
        }
        return Torch.of(manager, all, policies.size(), total);
    }

    /** [policies, outputs of all fused linears]. */
    private PtNDArray biases() {
        boolean any = layouts.keySet().stream().anyMatch(policy -> part(policy) == TrainedPart.BIAS);
        if (!any) return nothing();
        int width = layouts.values().iterator().next().biases().length;
        float[] all = new float[Math.multiplyExact(policies.size(), width)];
        for (int p = 0; p < policies.size(); p++) {
            AdapterLayout layout = layouts.get(policies.get(p));
            if (layout != null) System.arraycopy(layout.biases(), 0, all, p * width, width);
        }
        return Torch.of(manager, all, policies.size(), width);
    }

    /** Sixteen tensors a layer, as blocks.py names them. */
    PtNDArray[] factorTensors() {
        return factors;
    }

    /** R of the four kinds, masks, biases. */
    PtNDArray[] termTensors() {
        return terms;
    }

    IValue factorList() {
        return factorList;
    }

    IValue termList() {
        return termList;
    }

    @Override
    public void close() {
        factorList.close();
        termList.close();
        manager.close();
    }
}
