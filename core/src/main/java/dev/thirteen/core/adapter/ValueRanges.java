package dev.thirteen.core.adapter;

import dev.thirteen.core.failure.Failure;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Adapted modules in model order, and where the values of each begin in the flat vector. */
final class ValueRanges<M> {
    private final SortedMap<Integer, M> modules;
    private final Map<Integer, Integer> first = new TreeMap<>();
    private final int total;

    /** @throws Failure CALLER for more values than an array holds */
    ValueRanges(Map<Integer, M> modules, ToLongFunction<M> numbers) {
        this.modules = new TreeMap<>(modules);
        this.total = total(this.modules.values().stream().mapToLong(numbers).sum());
        int next = 0;
        for (Map.Entry<Integer, M> entry : this.modules.entrySet()) {
            first.put(entry.getKey(), next);
            next += (int) numbers.applyAsLong(entry.getValue());
        }
    }

    /**
     * Number of values of an adapter, which are one array.
     *
     * @throws Failure CALLER for more than one holds
     */
    static int total(long numbers) {
        if (numbers <= Integer.MAX_VALUE) return (int) numbers;
        throw new Failure(
                Failure.Kind.CALLER,
                "gives %d numbers, of which at most %d can be one adapter's: choose fewer modules (adapter.target-modules) or a smaller rank"
                        .formatted(numbers, Integer.MAX_VALUE));
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
