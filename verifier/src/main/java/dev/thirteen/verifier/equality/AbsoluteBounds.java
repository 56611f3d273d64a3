package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.SetOperation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
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
        Symbol variable = null;
        for (Expression term : inner instanceof Sum(List<Expression> terms) ? terms : List.of(inner)) {
            if (term instanceof Symbol symbol && Variables.in(symbol)) {
                if (variable != null) return Optional.empty();
                variable = symbol;
            } else if (Variables.in(term)) {
                return Optional.empty();
            } else {
                rest.add(term);
            }
        }
        if (variable == null) return Optional.empty();
        Expression low = shifted(negated(bound), rest);
        Expression high = shifted(bound, rest);
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

    private static Expression negated(Expression expression) {
        return new Product(List.of(Number.of(-1), expression));
    }
}
