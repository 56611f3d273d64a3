package dev.thirteen.verifier.symbolic;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Rational;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Expressions as Symja reads them. Nothing of an answer's text gets there: variables and unknown functions are numbered, and the
 * names of known functions come from a list.
 */
final class Formulation {
    private static final Map<String, String> FUNCTIONS = Map.ofEntries(
            Map.entry("sin", "Sin"),
            Map.entry("cos", "Cos"),
            Map.entry("tan", "Tan"),
            Map.entry("cot", "Cot"),
            Map.entry("sec", "Sec"),
            Map.entry("csc", "Csc"),
            Map.entry("arcsin", "ArcSin"),
            Map.entry("arccos", "ArcCos"),
            Map.entry("arctan", "ArcTan"),
            Map.entry("sinh", "Sinh"),
            Map.entry("cosh", "Cosh"),
            Map.entry("tanh", "Tanh"),
            Map.entry("ln", "Log"),
            Map.entry("log", "Log"),
            Map.entry("sqrt", "Sqrt"),
            Map.entry("abs", "Abs"),
            Map.entry("floor", "Floor"),
            Map.entry("ceil", "Ceiling"),
            Map.entry("factorial", "Factorial"),
            Map.entry("binom", "Binomial"),
            Map.entry("gcd", "GCD"),
            Map.entry("lcm", "LCM"),
            Map.entry("max", "Max"),
            Map.entry("min", "Min"));
    private static final Map<String, String> CONSTANTS = Map.of("pi", "Pi", "e", "E", "i", "I", "infinity", "Infinity");

    private final Map<String, String> names = new HashMap<>();
    /** Variables of the sums around what is being said. */
    private final Set<String> bound = new HashSet<>();

    /** There is no way to say it. */
    private static final class UnsayableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnsayableException() {
            super("not said in Symja", null, false, false);
        }
    }

    /** The difference of two expressions; empty when one of them cannot be said. */
    static Optional<String> difference(Expression a, Expression b) {
        Formulation formulation = new Formulation();
        try {
            return Optional.of("(" + formulation.of(a) + ")-(" + formulation.of(b) + ")");
        } catch (UnsayableException _) {
            return Optional.empty();
        }
    }

    private String of(Expression expression) {
        return switch (expression) {
            case Number(Rational value, int _) -> "(" + value.numerator() + "/" + value.denominator() + ")";
            case Symbol(String name) when bound.contains(name) -> numbered("v", name);
            case Symbol(String name) -> CONSTANTS.getOrDefault(name, numbered("v", name));
            case Sum(List<Expression> terms) -> joined(terms, "+");
            case Product(List<Expression> factors) -> joined(factors, "*");
            case Power(Expression base, Expression exponent) -> "((" + of(base) + ")^(" + of(exponent) + "))";
            case Apply(String function, List<Expression> arguments) -> apply(function, arguments);
            case Measured(Expression value, String unit) when unit.equals("%") -> "((" + of(value) + ")/100)";
            case Measured(Expression value, String unit) when unit.equals("\u00b0") -> "((" + of(value) + ")*Pi/180)";
            case Measured(Expression value, String _) -> of(value);
            default -> throw new UnsayableException();
        };
    }

    private String numbered(String kind, String name) {
        if (name.startsWith("set ") || name.equals("\u00b1")) throw new UnsayableException();
        return names.computeIfAbsent(kind + name, _ -> kind + names.size() + "x");
    }

    private String joined(List<Expression> parts, String operator) {
        return parts.stream().map(part -> "(" + of(part) + ")").collect(Collectors.joining(operator, "(", ")"));
    }

    private String apply(String function, List<Expression> arguments) {
        return switch (function) {
            case "root" -> "((" + of(arguments.get(0)) + ")^(1/(" + of(arguments.get(1)) + ")))";
            case "ratio" -> "((" + of(arguments.get(0)) + ")/(" + of(arguments.get(1)) + "))";
            case "sum", "prod" -> series(function.equals("sum") ? "Sum" : "Product", arguments);
            case "int" -> integral(arguments);
            case "lim" -> limit(arguments);
            default -> {
                String name = FUNCTIONS.getOrDefault(function, numbered("f", function));
                yield name + arguments.stream().map(this::of).collect(Collectors.joining(",", "[", "]"));
            }
        };
    }

    /** A sum over i is no sum over the imaginary unit. */
    private String series(String name, List<Expression> parts) {
        String lower = of(parts.get(1));
        String upper = of(parts.get(2));
        boolean taken = parts.get(0) instanceof Symbol(String variable) && bound.add(variable);
        String series = "%s[%s,{%s,%s,%s}]".formatted(name, of(parts.get(3)), of(parts.get(0)), lower, upper);
        if (taken && parts.get(0) instanceof Symbol(String variable)) bound.remove(variable);
        return series;
    }

    /** A definite integral; its variable stands behind the last d. */
    private String integral(List<Expression> parts) {
        if (parts.size() != 3) throw new UnsayableException();
        List<Expression> factors = new ArrayList<>();
        flatten(parts.get(2), factors);
        int d = factors.lastIndexOf(new Symbol("d"));
        if (d < 0 || d + 1 == factors.size() || !(factors.get(d + 1) instanceof Symbol variable)) {
            throw new UnsayableException();
        }
        factors.subList(d, d + 2).clear();
        String body = factors.isEmpty() ? "1" : joined(factors, "*");
        return "Integrate[%s,{%s,%s,%s}]".formatted(body, of(variable), of(parts.get(0)), of(parts.get(1)));
    }

    /** Factors of factors too: the dx of an integral may stand in a numerator. */
    private static void flatten(Expression expression, List<Expression> factors) {
        if (expression instanceof Product(List<Expression> inner)) {
            for (Expression factor : inner) flatten(factor, factors);
        } else {
            factors.add(expression);
        }
    }

    private String limit(List<Expression> parts) {
        if (parts.size() != 2
                || !(parts.getFirst() instanceof Relation(List<Expression> sides, List<String> operators))
                || !operators.equals(List.of("\u2192"))) {
            throw new UnsayableException();
        }
        return "Limit[%s,%s->%s]".formatted(of(parts.get(1)), of(sides.get(0)), of(sides.get(1)));
    }
}
