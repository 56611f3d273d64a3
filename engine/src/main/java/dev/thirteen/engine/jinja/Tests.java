package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Set;

/** The tests by their names. */
final class Tests {
    private static final Set<String> TYPES = Set.of(
            "boolean",
            "callable",
            "defined",
            "escaped",
            "false",
            "float",
            "integer",
            "iterable",
            "mapping",
            "none",
            "number",
            "sequence",
            "string",
            "true",
            "undefined");
    private static final Set<String> UNARY = Set.of("even", "filter", "lower", "odd", "test", "upper");
    private static final Set<String> BINARY = Set.of(
            "divisibleby",
            "sameas",
            "in",
            "==",
            "eq",
            "equalto",
            "!=",
            "ne",
            ">",
            "gt",
            "greaterthan",
            "ge",
            ">=",
            "<",
            "lt",
            "lessthan",
            "<=",
            "le");

    private Tests() {}

    static boolean isKnown(String name) {
        return TYPES.contains(name) || UNARY.contains(name) || BINARY.contains(name);
    }

    static boolean holds(Rendering rendering, String name, Object value, Arguments arguments) {
        rendering.budget().read(value);
        if (BINARY.contains(name))
            return binary(rendering, name, value, arguments.bind(name, "other").get(0));
        if (!isKnown(name)) throw new Problem("No test named " + Quotes.of(name) + ".");
        arguments.bind(name);
        return TYPES.contains(name) ? isOfType(name, value) : unary(rendering, name, value);
    }

    private static boolean isOfType(String name, Object value) {
        return switch (name) {
            case "boolean" -> value instanceof Boolean;
            case "callable" -> Types.isCallable(value);
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "escaped" -> value instanceof Markup;
            case "false" -> value.equals(false);
            case "true" -> value.equals(true);
            case "float" -> value instanceof Double;
            case "integer" -> value instanceof BigInteger;
            case "iterable" -> Iteration.isIterable(value);
            case "mapping" -> value instanceof Dict;
            case "none" -> value == None.NONE;
            case "number" -> Types.isNumber(value);
            case "sequence" -> Types.hasLength(value) && !(value instanceof DictView) && !(value instanceof Loop);
            default -> Types.isText(value);
        };
    }

    private static boolean unary(Rendering rendering, String name, Object value) {
        return switch (name) {
            case "even" -> isRemainder(rendering, value, BigInteger.TWO, BigInteger.ZERO);
            case "odd" -> isRemainder(rendering, value, BigInteger.TWO, BigInteger.ONE);
            case "filter" -> value instanceof String filter && Filters.isKnown(filter);
            case "test" -> value instanceof String test && isKnown(test);
            case "lower" -> Cases.is("islower", rendering.texts().str(value));
            default -> Cases.is("isupper", rendering.texts().str(value));
        };
    }

    private static boolean isRemainder(Rendering rendering, Object value, Object divisor, Object remainder) {
        return rendering.comparisons().equal(new Arithmetic(rendering).apply("%", value, divisor), remainder);
    }

    private static boolean binary(Rendering rendering, String name, Object value, Object other) {
        Comparisons comparisons = rendering.comparisons();
        return switch (name) {
            case "divisibleby" -> isRemainder(rendering, value, other, BigInteger.ZERO);
            case "sameas" -> isSame(comparisons, value, other);
            case "in" -> comparisons.contains(other, value);
            case "==", "eq", "equalto" -> comparisons.equal(value, other);
            case "!=", "ne" -> !comparisons.equal(value, other);
            case ">", "gt", "greaterthan" -> comparisons.ordered(">", value, other);
            case ">=", "ge" -> comparisons.ordered(">=", value, other);
            case "<", "lt", "lessthan" -> comparisons.ordered("<", value, other);
            default -> comparisons.ordered("<=", value, other);
        };
    }

    // Python shares its constants and small integers; for other equal values identity is no matter of the language.
    private static boolean isSame(Comparisons comparisons, Object value, Object other) {
        if (value == other || value instanceof Boolean && value.equals(other)) return true;
        if (!value.getClass().equals(other.getClass()) || value instanceof Boolean) return false;
        if (value instanceof BigInteger number && number.equals(other) && Comparisons.isSmall(number)) return true;
        boolean shared =
                List.<Class<?>>of(String.class, BigInteger.class, Double.class).contains(value.getClass());
        if (shared && comparisons.equal(value, other))
            throw new Problem("sameas of equal values of type " + Types.name(value) + " is not supported");
        return false;
    }
}
