package dev.thirteen.core.adapter;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Adapted modules in model order, and where the values of each begin in the flat vector. */
final class ValueRanges<M> {
    private final SortedMap<Integer, M> modules;
    private final Map<Integer, Integer> first = new TreeMap<>();
    private final int total;

    ValueRanges(Map<Integer, M> modules, ToIntFunction<M> numbers) {
        this.modules = new TreeMap<>(modules);
        int next = 0;
        for (Map.Entry<Integer, M> entry : this.modules.entrySet()) {
            first.put(entry.getKey(), next);
            next = Math.addExact(next, numbers.applyAsInt(entry.getValue()));
        }
        this.total = next;
    }

    @Nullable
    M get(int module) {
        return modules.get(module);
    }

    /** Index of the first value of a module that is adapted. */
    int first(int module) {
        Integer index = first.get(module);
        if (index == null) throw new IllegalArgumentException("module " + module + " is not adapted");
        return index;
    }

    /** Number of values of all modules. */
    int total() {
        return total;
    }

    /** Sum over the adapted modules. */
    int sum(ToIntFunction<M> of) {
        return modules.values().stream().mapToInt(of).reduce(0, Math::addExact);
    }

    /** Visits the adapted modules in order, with the index of their first value. */
    void each(ObjIntConsumer<M> visit) {
        modules.forEach((module, of) -> visit.accept(of, first(module)));
    }
}
