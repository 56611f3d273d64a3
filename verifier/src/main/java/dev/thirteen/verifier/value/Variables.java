package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import java.util.HashSet;
import java.util.Set;

/** What stands in an expression. */
public final class Variables {
    private static final Set<String> CONSTANTS = Set.of("pi", "e", "i", "infinity");

    private Variables() {}

    /** Whether a value depends on anything: a variable, or a function that nobody knows. */
    public static boolean in(Expression expression) {
        return any(
                expression,
                part -> part instanceof Symbol(String name) && !CONSTANTS.contains(name)
                        || part instanceof Apply(String function, var _) && isGeneric(function));
    }

    /** Names of the variables in it. */
    public static Set<String> names(Expression expression) {
        Set<String> names = new HashSet<>();
        any(expression, part -> {
            boolean variable =
                    part instanceof Symbol(String name) && !CONSTANTS.contains(name) && !name.startsWith("set ");
            if (variable) names.add(((Symbol) part).name());
            return false;
        });
        return names;
    }

    /** Whether a symbol or function of a name stands in it. */
    public static boolean has(Expression expression, String name) {
        return any(
                expression,
                part -> part instanceof Symbol(String symbol) && symbol.equals(name)
                        || part instanceof Apply(String function, var _) && function.equals(name));
    }

    /** Whether a number written with a point stands in it. */
    public static boolean hasDecimal(Expression expression) {
        return any(expression, part -> part instanceof Number(var _, int decimals) && decimals >= 0);
    }

    private static boolean isGeneric(String function) {
        return function.endsWith("_") || function.endsWith("'") || function.length() == 1;
    }

    /** A property of a part. */
    interface Property {
        boolean of(Expression part);
    }

    static boolean any(Expression expression, Property property) {
        if (property.of(expression)) return true;
        return switch (expression) {
            case Sum sum -> anyOf(sum.terms(), property);
            case Product product -> anyOf(product.factors(), property);
            case Power power -> any(power.base(), property) || any(power.exponent(), property);
            case Apply apply -> anyOf(apply.arguments(), property);
            case Measured measured -> any(measured.value(), property);
            case Expression.Bracketed bracketed -> anyOf(bracketed.items(), property);
            case Expression.Listing listing -> anyOf(listing.items(), property);
            case Expression.Relation relation -> anyOf(relation.sides(), property);
            case Expression.Matrix matrix -> matrix.rows().stream().anyMatch(row -> anyOf(row, property));
            case Expression.SetOperation sets -> any(sets.left(), property) || any(sets.right(), property);
            case Number _, Symbol _, Expression.Words _ -> false;
        };
    }

    private static boolean anyOf(Iterable<Expression> parts, Property property) {
        for (Expression part : parts) {
            if (any(part, property)) return true;
        }
        return false;
    }
}
