package dev.thirteen.engine.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Python's tuple.
 *
 * @param names attributes of the items, as named tuples have them; mostly empty
 */
record Tuple(List<Object> items, List<String> names) {
    Tuple(List<Object> items) {
        this(items, List.of());
    }

    static Tuple of(Object... items) {
        return new Tuple(List.of(items));
    }

    /** The item of a name; null when there is none. */
    @Nullable
    Object attribute(String name) {
        int index = names.indexOf(name);
        return index < 0 ? null : items.get(index);
    }
}
