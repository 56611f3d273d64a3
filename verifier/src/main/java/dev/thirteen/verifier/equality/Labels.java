package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Expression.Words;
import dev.thirteen.verifier.notation.Names;
import dev.thirteen.verifier.notation.Rational;
import dev.thirteen.verifier.value.Variables;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Tells names of answers, as in x = 2 or |AB| = 1, from the answers. */
final class Labels {
    private static final Set<String> CONSTANTS = Set.of("pi", "e", "infinity", "i");
    private static final Set<String> EQUAL = Set.of("=", "\u2248", "\u2261", "\u2208");

    private Labels() {}

    /**
     * An answer with its name.
     *
     * @param name what stands before the equals sign
     */
    record Named(Expression name, Expression value) {}

    /** Whether something only names an answer: there is no number and no sum in it. */
    static boolean isLabel(Expression expression) {
        return switch (expression) {
            case Symbol(String name) -> !CONSTANTS.contains(name) && !name.startsWith("set ");
            case Apply(String function, List<Expression> arguments) ->
                switch (function) {
                    case "abs", "ratio" -> arguments.stream().allMatch(Labels::isLabel);
                    default -> Variables.in(expression) || !isKnown(expression); // sin A, f(2), but no √2
                };
            case Product(List<Expression> factors) -> factors.stream().allMatch(Labels::isLabel);
            case Power(Expression base, Number(Rational value, int _)) ->
                value.equals(Rational.of(-1)) && isLabel(base);
            case Bracketed(char _, List<Expression> items, char _) ->
                !items.isEmpty() && items.stream().allMatch(Labels::isLabel);
            case Measured(Expression value, String _) -> isLabel(value);
            case Words _ -> true;
            default -> false;
        };
    }

    private static boolean isKnown(Expression expression) {
        return expression instanceof Apply apply && Names.isFunction(apply.function());
    }

    /** Whether something names a sum or difference that is asked for, a + b - c; 2x + z is one side of an equation. */
    static boolean isSum(Expression expression) {
        return expression instanceof Sum(List<Expression> terms)
                && terms.stream().allMatch(Labels::isTerm);
    }

    private static boolean isTerm(Expression term) {
        boolean negative = term instanceof Product(List<Expression> factors)
                && factors.size() == 2
                && factors.getFirst().equals(Number.of(-1))
                && isLabel(factors.getLast());
        return negative || isLabel(term);
    }

    /** The answer that an equation names, and what it is named; an estimate behind it does not count. */
    static Optional<Named> named(Expression expression) {
        if (!(expression instanceof Relation(List<Expression> sides, List<String> operators))) return Optional.empty();
        if (!EQUAL.containsAll(operators)) return Optional.empty();
        int last = lastExact(operators);
        Expression first = sides.getFirst();
        if (isLabel(first)) {
            boolean onlyNames = sides.size() == 2 && sides.get(1) instanceof Words;
            return Optional.of(new Named(first, onlyNames ? sides.get(1) : sides.get(Math.max(1, last))));
        }
        if (sides.size() == 2 && isLabel(sides.get(1)) && operators.getFirst().equals("=")) {
            return Optional.of(new Named(sides.get(1), first));
        }
        boolean worked =
                sides.size() > 2 && sides.subList(1, sides.size()).stream().noneMatch(Variables::in);
        if (worked && Variables.in(first)) return Optional.of(new Named(first, sides.get(Math.max(1, last))));
        boolean calculation = sides.stream().noneMatch(Variables::in);
        return calculation ? Optional.of(new Named(new Words(""), sides.get(last))) : Optional.empty();
    }

    /** Index of the last side before an estimate. */
    private static int lastExact(List<String> operators) {
        int last = 0;
        for (int i = 0; i < operators.size(); i++) {
            if (operators.get(i).equals("\u2248")) break;
            last = i + 1;
        }
        return last;
    }
}
