package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The methods of list and tuple that the sandbox allows. */
final class ListMethods {
    private ListMethods() {}

    static Object call(Rendering rendering, List<?> list, String name, Arguments arguments) {
        rendering.budget().items(list.size());
        return switch (name) {
            case "copy" -> {
                arguments.positionalOnly(name);
                yield new ArrayList<Object>(list);
            }
            case "count" -> {
                Object item = arguments.positionalOnly(name, "value").get(0);
                yield BigInteger.valueOf(list.stream()
                        .filter(other -> rendering.comparisons().equal(other, item))
                        .count());
            }
            default -> index(rendering, list, arguments.positionalOnly(name, "value", "start?", "stop?"));
        };
    }

    private static Object index(Rendering rendering, List<?> list, Arguments.Bound bound) {
        return Slices.indices(list.size(), bound.or(1, None.NONE), bound.or(2, None.NONE), None.NONE)
                .filter(i -> rendering.comparisons().equal(list.get(i), bound.get(0)))
                .mapToObj(BigInteger::valueOf)
                .findFirst()
                .orElseThrow(() -> new Problem(rendering.texts().repr(bound.get(0)) + " is not in list"));
    }
}
