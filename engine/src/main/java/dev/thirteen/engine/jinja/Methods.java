package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Set;

/** Which attributes the values of Python have, and what becomes of them here. */
final class Methods {
    enum Kind {
        /** There is no such attribute. */
        NONE,
        /** The sandbox hides it, because it changes its owner. */
        MUTATING,
        SUPPORTED,
        /** Python has it, but not this interpreter: better no text than a wrong one. */
        REFUSED
    }

    private static final Set<String> TEXT = Set.of(
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "splitlines",
            "partition",
            "rpartition",
            "startswith",
            "endswith",
            "removeprefix",
            "removesuffix",
            "upper",
            "lower",
            "title",
            "capitalize",
            "swapcase",
            "replace",
            "join",
            "find",
            "rfind",
            "index",
            "rindex",
            "count",
            "format",
            "isdigit",
            "isdecimal",
            "isalpha",
            "isalnum",
            "isspace",
            "isupper",
            "islower",
            "istitle",
            "isascii",
            "isprintable",
            "center",
            "ljust",
            "rjust",
            "zfill");
    private static final Set<String> TEXT_REFUSED = Set.of(
            "casefold", "encode", "expandtabs", "format_map", "isidentifier", "isnumeric", "maketrans", "translate");
    private static final Set<String> DICT = Set.of("get", "items", "keys", "values", "copy");
    private static final Set<String> DICT_MUTATING = Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> LIST = Set.of("count", "index");
    private static final Set<String> LIST_MUTATING =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    private static final Set<String> NUMBER_REFUSED = Set.of(
            "real",
            "imag",
            "conjugate",
            "as_integer_ratio",
            "bit_length",
            "bit_count",
            "numerator",
            "denominator",
            "to_bytes",
            "from_bytes",
            "is_integer",
            "hex",
            "fromhex");

    private Methods() {}

    static Kind kind(Object owner, String name) {
        return switch (owner) {
            case String text -> kind(name, TEXT, Set.of(), TEXT_REFUSED);
            case Markup text when TEXT.contains(name) -> Kind.REFUSED;
            case Markup text -> kind(name, Set.of(), Set.of(), TEXT_REFUSED);
            case Dict dict -> kind(name, DICT, DICT_MUTATING, Set.of("fromkeys"));
            case Range range -> kind(name, LIST, Set.of(), Set.of("start", "stop", "step"));
            case List<?> list when name.equals("copy") -> Kind.SUPPORTED;
            case List<?> list -> kind(name, LIST, LIST_MUTATING, Set.of());
            case Tuple tuple -> kind(name, LIST, Set.of(), Set.of());
            case BigInteger number -> kind(name, Set.of(), Set.of(), NUMBER_REFUSED);
            case Boolean truth -> kind(name, Set.of(), Set.of(), NUMBER_REFUSED);
            case Double number -> kind(name, Set.of(), Set.of(), NUMBER_REFUSED);
            case DictView view -> kind(name, Set.of(), Set.of(), Set.of("mapping", "isdisjoint"));
            default -> Kind.NONE;
        };
    }

    private static Kind kind(String name, Set<String> supported, Set<String> mutating, Set<String> refused) {
        if (supported.contains(name)) return Kind.SUPPORTED;
        if (mutating.contains(name)) return Kind.MUTATING;
        return refused.contains(name) ? Kind.REFUSED : Kind.NONE;
    }
}
