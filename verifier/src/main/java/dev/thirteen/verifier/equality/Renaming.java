package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Listing;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.value.Variables;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Names that could be any other: the variable of a function, and that for any integer. */
final class Renaming {
    private Renaming() {}

    /** The value of a function in the variable of another; empty where it is no function of its own variable. */
    static Optional<Expression> as(Labels.Named function, Labels.Named other) {
        Optional<Symbol> to = variable(function.name());
        Optional<Symbol> from = variable(other.name());
        if (to.isEmpty() || from.isEmpty() || to.equals(from)) return Optional.of(other.value());
        if (Variables.has(other.value(), to.get().name())) return Optional.empty();
        return Optional.of(renamed(other.value(), from.get(), to.get()));
    }

    /** The variable of f(x). */
    private static Optional<Symbol> variable(Expression name) {
        return name instanceof Apply(String _, List<Expression> arguments)
                        && arguments.size() == 1
                        && arguments.getFirst() instanceof Symbol variable
                ? Optional.of(variable)
                : Optional.empty();
    }

    /** An answer with the label's name for any integer: π/6 + nπ is π/6 + kπ, k ∈ ℤ. */
    static Expression parameter(Expression label, Expression answer) {
        Optional<Symbol> to = Lists.integer(label);
        if (to.isEmpty() || Variables.has(answer, to.get().name())) return answer;
        Optional<Symbol> declared = Lists.integer(answer);
        Set<String> others = Variables.names(answer);
        others.removeAll(Variables.names(label));
        if (others.size() != 1) return answer;
        Symbol from = new Symbol(others.iterator().next());
        return declared.isPresent() && !declared.get().equals(from) ? answer : renamed(answer, from, to.get());
    }

    private static Expression renamed(Expression expression, Symbol from, Symbol to) {
        return switch (expression) {
            case Symbol symbol -> symbol.equals(from) ? to : symbol;
            case Sum(List<Expression> terms) -> new Sum(all(terms, from, to));
            case Product(List<Expression> factors) -> new Product(all(factors, from, to));
            case Power(Expression base, Expression exponent) ->
                new Power(renamed(base, from, to), renamed(exponent, from, to));
            case Apply(String function, List<Expression> arguments) -> new Apply(function, all(arguments, from, to));
            case Measured(Expression value, String unit) -> new Measured(renamed(value, from, to), unit);
            case Listing(List<Expression> items) -> new Listing(all(items, from, to));
            case Relation(List<Expression> sides, List<String> operators) ->
                new Relation(all(sides, from, to), operators);
            default -> expression;
        };
    }

    private static List<Expression> all(List<Expression> parts, Symbol from, Symbol to) {
        return parts.stream().map(part -> renamed(part, from, to)).toList();
    }
}
