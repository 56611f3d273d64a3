package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.time.ZonedDateTime;
import java.util.Iterator;
import java.util.List;

/** The functions that a template finds beside its variables. */
final class Globals {
    private Globals() {}

    static void addTo(Scope scope) {
        scope.set("range", function((rendering, arguments) -> range(arguments)));
        scope.set("dict", function(Globals::dict));
        scope.set("namespace", function((rendering, arguments) -> new Namespace(dict(rendering, arguments))));
        scope.set("raise_exception", function((rendering, arguments) -> {
            Object message = arguments.bind("raise_exception", "message").get(0);
            throw new Raised(rendering.texts().str(message));
        }));
        scope.set("strftime_now", function((rendering, arguments) -> {
            if (!(arguments.bind("strftime_now", "format").get(0) instanceof String format))
                throw new Problem("strftime() argument 1 must be str");
            return Strftime.of(ZonedDateTime.now(rendering.clock()), format);
        }));
        scope.set(
                "joiner",
                function((rendering, arguments) ->
                        new Joiner(arguments.bind("joiner", "sep?").or(0, ", "))));
        for (String refused : List.of("lipsum", "cycler"))
            scope.set(refused, function((rendering, arguments) -> {
                throw new Problem("the function '" + refused + "' is not supported");
            }));
    }

    private static Callable function(Callable function) {
        return function;
    }

    private static Range range(Arguments arguments) {
        Arguments.Bound bound = arguments.positionalOnly("range", "start", "stop?", "step?");
        BigInteger first = Numbers.integer(bound.get(0));
        if (!bound.has(1)) return new Range(BigInteger.ZERO, first, BigInteger.ONE);
        BigInteger step = Numbers.integer(bound.or(2, BigInteger.ONE));
        return new Range(first, Numbers.integer(bound.get(1)), step);
    }

    private static Dict dict(Rendering rendering, Arguments arguments) {
        Dict dict = new Dict();
        if (arguments.positional().size() > 1) throw new Problem("dict expected at most 1 argument");
        for (Object source : arguments.positional()) {
            if (source instanceof Dict other) dict.putAll(other);
            else addPairs(rendering, dict, Iteration.of(source));
        }
        arguments.named().forEach(dict::put);
        return dict;
    }

    private static void addPairs(Rendering rendering, Dict dict, Iterator<Object> pairs) {
        while (pairs.hasNext()) {
            List<Object> pair = Iteration.list(pairs.next(), rendering.budget());
            if (pair.size() != 2) throw new Problem("dictionary update sequence element must have 2 items");
            dict.put(pair.getFirst(), pair.getLast());
        }
    }
}
