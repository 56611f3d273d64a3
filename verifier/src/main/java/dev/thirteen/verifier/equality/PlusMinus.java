package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.value.Variables;
import java.util.List;

/** Expressions with ± stand for two: one with all the upper signs, one with all the lower. */
final class PlusMinus {
    private static final String UPPER = "\u00b1";
    private static final String LOWER = "\u2213";

    private PlusMinus() {}

    static List<Expression> both(Expression expression) {
        if (!Variables.has(expression, UPPER) && !Variables.has(expression, LOWER)) return List.of(expression);
        return List.of(signed(expression, 1), signed(expression, -1));
    }

    private static Expression signed(Expression expression, int sign) {
        return switch (expression) {
            case Symbol(String name) when name.equals(UPPER) -> Number.of(sign);
            case Symbol(String name) when name.equals(LOWER) -> Number.of(-sign);
            case Sum(List<Expression> terms) -> new Sum(all(terms, sign));
            case Product(List<Expression> factors) -> new Product(all(factors, sign));
            case Power(Expression base, Expression exponent) -> new Power(signed(base, sign), signed(exponent, sign));
            case Apply(String function, List<Expression> arguments) -> new Apply(function, all(arguments, sign));
            case Measured(Expression value, String unit) -> new Measured(signed(value, sign), unit);
            case Relation(List<Expression> sides, List<String> operators) -> new Relation(all(sides, sign), operators);
            case Expression.Bracketed(char open, List<Expression> items, char close) ->
                new Expression.Bracketed(open, all(items, sign), close);
            default -> expression;
        };
    }

    private static List<Expression> all(List<Expression> parts, int sign) {
        return parts.stream().map(part -> signed(part, sign)).toList();
    }
}
