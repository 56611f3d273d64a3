package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.SetOperation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Rational;
import dev.thirteen.verifier.value.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** |x| &lt; 3 and |x - 2| &ge; 1 as what they say of x. */
final class AbsoluteBounds {
    private static final Symbol INFINITY = new Symbol("infinity");

    private AbsoluteBounds() {}

    /** x in an interval, or in two; empty for any other relation. */
    static Optional<Expression> spread(Relation relation) {
        if (relation.sides().size() != 2) return Optional.empty();
        Expression left = relation.sides().get(0);
        Expression right = relation.sides().get(1);
        String operator = relation.operators().getFirst();
        if (left instanceof Apply(String function, List<Expression> inner) && function.equals("abs")) {
            return Variables.in(right) ? Optional.empty() : spread(inner.getFirst(), operator, right);
        }
        if (right instanceof Apply(String function, List<Expression> inner) && function.equals("abs")) {
            return Variables.in(left) ? Optional.empty() : spread(inner.getFirst(), RealSets.mirrored(operator), left);
        }
        return Optional.empty();
    }

    private static Optional<Expression> spread(Expression inner, String operator, Expression bound) {
        List<Expression> rest = new ArrayList<>();
        Multiple multiple = null;
        for (Expression term : inner instanceof Sum(List<Expression> terms) ? terms : List.of(inner)) {
            if (!Variables.in(term)) {
                rest.add(term);
                continue;
            }
            Optional<Multiple> found = Multiple.of(term);
            if (multiple != null || found.isEmpty()) return Optional.empty();
            multiple = found.get();
        }
        if (multiple == null) return Optional.empty();
        boolean negative = multiple.factor().signum() < 0;
        Symbol variable = multiple.variable();
        Expression low = over(shifted(negative ? bound : negated(bound), rest), multiple.factor());
        Expression high = over(shifted(negative ? negated(bound) : bound, rest), multiple.factor());
        Expression set = switch (operator) {
            case "<" -> new Bracketed('(', List.of(low, high), ')');
            case "\u2264" -> new Bracketed('[', List.of(low, high), ']');
            case ">" -> outside(low, ')', '(', high);
            case "\u2265" -> outside(low, ']', '[', high);
            default -> null;
        };
        if (set == null) return Optional.empty();
        return Optional.of(new Relation(List.of(variable, set), List.of("\u2208")));
    }

    private static Expression outside(Expression low, char close, char open, Expression high) {
        return new SetOperation(
                '\u222a',
                new Bracketed('(', List.of(negated(INFINITY), low), close),
                new Bracketed(open, List.of(high, INFINITY), ')'));
    }

    private static Expression shifted(Expression bound, List<Expression> rest) {
        List<Expression> terms = new ArrayList<>(List.of(bound));
        rest.forEach(term -> terms.add(negated(term)));
        return terms.size() == 1 ? bound : new Sum(terms);
    }

    private static Expression over(Expression bound, Rational factor) {
        if (factor.equals(Rational.ONE)) return bound;
        return new Product(List.of(new Number(factor.inverse(), Expression.NO_POINT), bound));
    }

    /** 2x, -x or x/2. */
    private record Multiple(Symbol variable, Rational factor) {
        static Optional<Multiple> of(Expression term) {
            List<Expression> parts = term instanceof Product(List<Expression> factors) ? factors : List.of(term);
            List<Expression> varying = parts.stream().filter(Variables::in).toList();
            if (varying.size() != 1 || !(varying.getFirst() instanceof Symbol variable)) return Optional.empty();
            Rational product = Rational.ONE;
            for (Expression part : parts) {
                Rational factor = part == variable ? Rational.ONE : rational(part);
                if (factor.signum() == 0) return Optional.empty();
                product = product.times(factor);
            }
            return Optional.of(new Multiple(variable, product));
        }

        /** A number, or one over a number; 0 for anything else. */
        private static Rational rational(Expression factor) {
            return switch (factor) {
                case Number(Rational value, int _) -> value;
                case Power(Number(Rational value, int _), Number(Rational power, int _))
                when value.signum() != 0 && power.equals(Rational.of(-1)) -> value.inverse();
                default -> Rational.of(0);
            };
        }
    }

    private static Expression negated(Expression expression) {
        return new Product(List.of(Number.of(-1), expression));
    }
}
