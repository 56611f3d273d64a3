package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdapterFamily.TrainedPart;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.engine.cpu.LinearTerms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the policies of a batch add to each fused linear, in the form of the loops; kept while their rows run. */
final class VectorPolicies {
    private final BaseModel base;
    private final Map<Policy, List<LinearTerms>> terms = new HashMap<>();
    /** A and B of a basis, shared by its policies. */
    private final Map<FrozenFactors, List<LinearTerms.Factors>> frozen = new HashMap<>();

    VectorPolicies(BaseModel base) {
        this.base = base;
    }

    /** Makes what is missing for these policies, and forgets others where something was. */
    void use(Collection<Policy> running) {
        if (terms.keySet().containsAll(running)) return;
        Set<Policy> wanted = new HashSet<>(running);
        terms.keySet().retainAll(wanted);
        Set<FrozenFactors> used = new HashSet<>();
        for (Policy policy : wanted)
            if (policy.basis() != null) used.add(policy.basis().frozen());
        frozen.keySet().retainAll(used);
        for (Policy policy : wanted) terms.computeIfAbsent(policy, this::make);
    }

    /** Four a layer; empty for the base. */
    List<LinearTerms> of(Policy policy) {
        return terms.getOrDefault(policy, List.of());
    }

    private List<LinearTerms> make(Policy policy) {
        Basis basis = policy.basis();
        if (basis == null) return List.of();
        AdapterLayout layout = new AdapterLayout(base.shape(), basis.family(), policy.values());
        TrainedPart part = basis.family().trainedPart();
        List<LinearTerms.Factors> factors = switch (part) {
            case CORE -> frozen.computeIfAbsent(basis.frozen(), _ -> factors(layout));
            case FACTORS -> factors(layout);
            case BIAS -> List.of();
        };
        float[] biases = part == TrainedPart.BIAS ? layout.biases() : new float[0];
        List<LinearTerms> made = new ArrayList<>();
        int biased = 0;
        for (int at = 0; at < base.shape().layers() * AdapterLayout.KIND_COUNT; at++) {
            int kind = at % AdapterLayout.KIND_COUNT;
            float @Nullable [] bias = null;
            if (part == TrainedPart.BIAS) {
                bias = rounded(Arrays.copyOfRange(biases, biased, biased + layout.outWidth(kind)));
                biased += layout.outWidth(kind);
            }
            float @Nullable [] core = part == TrainedPart.CORE ? core(layout, at) : null;
            made.add(new LinearTerms(factors.isEmpty() ? null : factors.get(at), core, bias));
        }
        return made;
    }

    private List<LinearTerms.Factors> factors(AdapterLayout layout) {
        List<LinearTerms.Factors> all = new ArrayList<>();
        for (int at = 0; at < base.shape().layers() * AdapterLayout.KIND_COUNT; at++) {
            int layer = at / AdapterLayout.KIND_COUNT;
            int kind = at % AdapterLayout.KIND_COUNT;
            int rank = layout.rank(layer, kind);
            all.add(LinearTerms.Factors.of(
                    rank,
                    layout.inWidth(kind),
                    layout.outWidth(kind),
                    rounded(layout.a(layer, kind, rank)),
                    rounded(layout.b(layer, kind, rank))));
        }
        return all;
    }

    private float[] core(AdapterLayout layout, int at) {
        int layer = at / AdapterLayout.KIND_COUNT;
        int kind = at % AdapterLayout.KIND_COUNT;
        int rank = layout.rank(layer, kind);
        float[] core = new float[rank * rank];
        layout.core(layer, kind, core, 0, rank, 0);
        return rounded(core);
    }

    /** As the programs hold them, so that a gradient rounds them alike. */
    private float[] rounded(float[] numbers) {
        return base.compute() == TensorType.BF16 ? ValueType.BF16.round(numbers) : numbers;
    }
}
