package dev.thirteen.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of a batch whose policies come and go. A policy keeps its number as long as no new one comes; factors stay
 * in native memory as long as a row uses them.
 */
final class BatchAdapters implements AutoCloseable, AdapterInputs.Factors {
    private final BaseModel base;
    private final Map<FrozenFactors, FactorTensors> frozen = new HashMap<>();
    private final Map<Policy, FactorTensors> own = new HashMap<>();
    private final Map<Policy, Integer> numbers = new LinkedHashMap<>();
    private @Nullable AdapterInputs inputs;

    BatchAdapters(BaseModel base) {
        this.base = base;
    }

    /** The inputs for rows of these policies, which may hold policies that have left. */
    AdapterInputs of(Collection<Policy> running) {
        AdapterInputs current = inputs;
        if (current != null && numbers.keySet().containsAll(running)) return current;
        if (current != null) current.close();
        Set<Policy> distinct = new LinkedHashSet<>(running);
        numbers.clear();
        for (Policy policy : distinct) numbers.put(policy, numbers.size());
        AdapterInputs next = new AdapterInputs(base, List.copyOf(distinct), this);
        inputs = next;
        free(distinct);
        return next;
    }

    /** Number of a policy among those of the inputs. */
    int number(Policy policy) {
        Integer number = numbers.get(policy);
        if (number == null) throw new IllegalArgumentException("the policy is not in the batch");
        return number;
    }

    /** Forgets what no row uses any more. */
    private void free(Set<Policy> running) {
        for (Policy gone : new ArrayList<>(own.keySet())) if (!running.contains(gone)) close(own.remove(gone));
        for (FrozenFactors gone : new ArrayList<>(frozen.keySet())) {
            if (running.stream().noneMatch(policy -> uses(policy, gone))) close(frozen.remove(gone));
        }
    }

    private static boolean uses(Policy policy, FrozenFactors factors) {
        return policy.basis() != null && policy.basis().frozen().equals(factors);
    }

    private static void close(@Nullable FactorTensors tensors) {
        if (tensors != null) tensors.close();
    }

    @Override
    public FactorTensors frozen(Basis basis) {
        return frozen.computeIfAbsent(basis.frozen(), _ -> FactorTensors.frozen(base, basis.family()));
    }

    @Override
    public FactorTensors own(Policy policy) {
        return own.computeIfAbsent(policy, one -> {
            Basis basis = Objects.requireNonNull(one.basis());
            AdapterLayout layout = new AdapterLayout(base.shape(), basis.family(), one.values());
            return FactorTensors.own(base, layout, base.compute());
        });
    }

    @Override
    public void close() {
        if (inputs != null) inputs.close();
        own.values().forEach(FactorTensors::close);
        frozen.values().forEach(FactorTensors::close);
    }
}
