package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdapterFamily;
import java.util.List;
import java.util.function.Function;

/**
 * The tensors that an adapter config asks for, and the family that they make.
 *
 * @param frozen what stays as it is; kept in the basis
 * @param trained in the order of the family's values
 * @param family makes the family from the frozen tensors
 */
record AdapterPlan(
        AdapterConfig config,
        List<TensorSpec> frozen,
        List<TensorSpec> trained,
        Function<Safetensors, AdapterFamily> family) {
    /** A tensor by name and shape. */
    record TensorSpec(String name, long... shape) {
        /** Product of the shape. */
        int elements() {
            long elements = 1;
            for (long side : shape) elements = Math.multiplyExact(elements, side);
            return Math.toIntExact(elements);
        }
    }

    AdapterPlan {
        frozen = List.copyOf(frozen);
        trained = List.copyOf(trained);
    }

    /** Numbers of all trained tensors. */
    int trainedNumbers() {
        return trained.stream().mapToInt(TensorSpec::elements).reduce(0, Math::addExact);
    }
}
