package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.Set;

/** The filters by their names. */
final class Filters {
    private static final Set<String> TEXT = Set.of(
            "capitalize",
            "center",
            "e",
            "escape",
            "format",
            "indent",
            "lower",
            "replace",
            "safe",
            "string",
            "title",
            "tojson",
            "trim",
            "truncate",
            "upper",
            "wordcount");
    private static final Set<String> SEQUENCE = Set.of(
            "batch",
            "dictsort",
            "first",
            "groupby",
            "items",
            "join",
            "last",
            "list",
            "max",
            "min",
            "reverse",
            "slice",
            "sort",
            "sum",
            "unique");
    private static final Set<String> SELECTION = Set.of("map", "reject", "rejectattr", "select", "selectattr");
    private static final Set<String> NUMBER = Set.of("abs", "float", "int", "round");
    private static final Set<String> OTHER = Set.of("count", "d", "default", "length");
    private static final Set<String> REFUSED = Set.of(
            "attr",
            "filesizeformat",
            "forceescape",
            "pprint",
            "random",
            "striptags",
            "urlencode",
            "urlize",
            "wordwrap",
            "xmlattr");

    private Filters() {}

    static boolean isKnown(String name) {
        return isRefused(name)
                || TEXT.contains(name)
                || SEQUENCE.contains(name)
                || SELECTION.contains(name)
                || NUMBER.contains(name)
                || OTHER.contains(name);
    }

    /** Whether Jinja has a filter that is not supported here. */
    static boolean isRefused(String name) {
        return REFUSED.contains(name);
    }

    static Object apply(Rendering rendering, String name, Object value, Arguments arguments) {
        rendering.budget().read(value);
        if (TEXT.contains(name)) return new TextFilters(rendering, value).apply(name, arguments);
        if (SEQUENCE.contains(name)) return new SequenceFilters(rendering, value).apply(name, arguments);
        if (SELECTION.contains(name)) return new SelectionFilters(rendering, value).apply(name, arguments);
        if (NUMBER.contains(name)) return NumberFilters.apply(name, value, arguments);
        return switch (name) {
            case "count", "length" -> {
                arguments.positionalOnly(name);
                yield BigInteger.valueOf(Types.length(value));
            }
            case "d", "default" -> defaulted(value, arguments.bind(name, "default_value?", "boolean?"));
            default ->
                throw new Problem(
                        isRefused(name)
                                ? "the filter '" + name + "' is not supported"
                                : "No filter named " + Quotes.of(name) + ".");
        };
    }

    private static Object defaulted(Object value, Arguments.Bound bound) {
        boolean missing = value instanceof Undefined || bound.truth(1) && !Types.truth(value);
        return missing ? bound.or(0, "") : value;
    }
}
