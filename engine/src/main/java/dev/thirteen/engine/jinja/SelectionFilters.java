package dev.thirteen.engine.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** map, select and reject: they work item by item, when their result is read. */
record SelectionFilters(Rendering rendering, Object value) {
    Object apply(String name, Arguments arguments) {
        // Jinja asks only for truth first, so None gives nothing and is no error.
        if (!Types.truth(value)) return Once.generator(List.of().iterator());
        Iterable<Object> items = () -> Iteration.of(value);
        Stream<Object> stream = StreamSupport.stream(items.spliterator(), false);
        if (name.equals("map"))
            return Once.generator(stream.map(mapping(arguments)).iterator());
        boolean wanted = name.startsWith("select");
        Function<Object, Boolean> test = name.endsWith("attr") ? attributeTest(arguments) : test(arguments, 0);
        Iterator<Object> selected =
                stream.filter(item -> test.apply(item) == wanted).iterator();
        return Once.generator(selected);
    }

    private Function<Object, Object> mapping(Arguments arguments) {
        Map<String, Object> named = arguments.named();
        if (arguments.positional().isEmpty() && named.containsKey("attribute")) {
            if (!Set.of("attribute", "default").containsAll(named.keySet()))
                throw new Problem("Unexpected keyword argument of map");
            Object otherwise = Optional.ofNullable(named.get("default")).orElse(None.NONE);
            return AttributePath.of(rendering, named.getOrDefault("attribute", None.NONE), otherwise, false)::of;
        }
        if (arguments.positional().isEmpty()) throw new Problem("map requires a filter argument");
        String filter = rendering.texts().str(arguments.positional().getFirst());
        Arguments rest = arguments.without(1);
        return item -> Filters.apply(rendering, filter, item, rest);
    }

    private Function<Object, Boolean> attributeTest(Arguments arguments) {
        if (arguments.positional().isEmpty()) throw new Problem("Missing parameter for attribute name");
        AttributePath path = AttributePath.of(rendering, arguments.positional().getFirst(), false);
        Function<Object, Boolean> test = test(arguments, 1);
        return item -> test.apply(path.of(item));
    }

    private Function<Object, Boolean> test(Arguments arguments, int offset) {
        if (arguments.positional().size() <= offset) return Types::truth;
        String test = rendering.texts().str(arguments.positional().get(offset));
        Arguments rest = arguments.without(offset + 1);
        return item -> Tests.holds(rendering, test, item, rest);
    }
}
