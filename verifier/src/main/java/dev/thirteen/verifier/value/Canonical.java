package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Listing;
import dev.thirteen.verifier.notation.Expression.Matrix;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.SetOperation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Expression.Words;
import dev.thirteen.verifier.notation.Rational;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** One way to write what differs only in the order of terms and factors. */
public final class Canonical {
    private Canonical() {}

    public static String of(Expression expression) {
        return switch (expression) {
            case Number(Rational value, int _) -> value.numerator() + "/" + value.denominator();
            case Symbol(String name) -> name;
            case Sum sum -> sorted("+", flat(sum.terms(), true));
            case Product product -> sorted("*", flat(product.factors(), false));
            case Power(Expression base, Expression exponent) -> "(" + of(base) + "^" + of(exponent) + ")";
            case Apply(String function, List<Expression> arguments) -> function + all(arguments);
            case Measured(Expression value, String unit) -> "[" + of(value) + " " + unit + "]";
            case Bracketed(char open, List<Expression> items, char close) -> open + all(items) + close;
            case Listing(List<Expression> items) -> all(items);
            case SetOperation(char operator, Expression left, Expression right) -> of(left) + operator + of(right);
            case Matrix(List<List<Expression>> rows) ->
                rows.stream().map(Canonical::all).collect(Collectors.joining(";"));
            case Relation(List<Expression> sides, List<String> operators) -> all(sides) + operators;
            case Words(String text) -> "\"" + text.toLowerCase(Locale.ROOT) + "\"";
        };
    }

    private static List<Expression> flat(List<Expression> parts, boolean sum) {
        List<Expression> flat = new ArrayList<>();
        for (Expression part : parts) {
            if (sum && part instanceof Sum(List<Expression> terms)) {
                flat.addAll(flat(terms, true));
            } else if (!sum && part instanceof Product(List<Expression> factors)) {
                flat.addAll(flat(factors, false));
            } else {
                flat.add(part);
            }
        }
        return flat;
    }

    private static String sorted(String operator, List<Expression> parts) {
        return parts.stream().map(Canonical::of).sorted().collect(Collectors.joining(operator, "(", ")"));
    }

    private static String all(List<Expression> parts) {
        return parts.stream().map(Canonical::of).collect(Collectors.joining(",", "(", ")"));
    }
}
