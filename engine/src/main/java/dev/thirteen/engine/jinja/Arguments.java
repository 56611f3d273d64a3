package dev.thirteen.engine.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The evaluated arguments of a call. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /**
     * Sorts the arguments to parameters.
     *
     * @param parameters their names, with a question mark behind those that may be left out
     */
    Bound bind(String function, String... parameters) {
        if (positional.size() > parameters.length)
            throw new Problem("%s() takes at most %d arguments (%d given)"
                    .formatted(function, parameters.length, positional.size()));
        List<@Nullable Object> values = new ArrayList<>(positional);
        Map<String, Object> rest = new HashMap<>(named);
        for (int i = 0; i < parameters.length; i++) {
            boolean optional = parameters[i].endsWith("?");
            String name = optional ? parameters[i].substring(0, parameters[i].length() - 1) : parameters[i];
            @Nullable Object given = i < positional.size() ? null : rest.remove(name);
            if (i < positional.size()) continue;
            if (given == null && !optional)
                throw new Problem(function + "() missing required argument: '" + name + "'");
            values.add(given);
        }
        if (!rest.isEmpty())
            throw new Problem("%s() got an unexpected keyword argument '%s'"
                    .formatted(function, rest.keySet().iterator().next()));
        return new Bound(values);
    }

    /** As {@link #bind}, for functions of Python that take no argument by name. */
    Bound positionalOnly(String function, String... parameters) {
        if (!named.isEmpty()) throw new Problem(function + "() takes no keyword arguments");
        return bind(function, parameters);
    }

    Arguments without(int count) {
        return new Arguments(positional.subList(count, positional.size()), named);
    }

    /** With one more argument by name. */
    Arguments with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(named);
        more.put(name, value);
        return new Arguments(positional, more);
    }

    /** Arguments by the position of their parameter. */
    record Bound(List<@Nullable Object> values) {
        Object get(int index) {
            Object value = values.get(index);
            if (value == null) throw new IllegalStateException("argument " + index + " may be left out");
            return value;
        }

        boolean has(int index) {
            return values.get(index) != null;
        }

        /** Whether an argument is given and not None. */
        boolean hasValue(int index) {
            return has(index) && values.get(index) != None.NONE;
        }

        Object or(int index, Object otherwise) {
            Object value = values.get(index);
            return value == null ? otherwise : value;
        }

        boolean truth(int index) {
            return Types.truth(or(index, false));
        }
    }
}
