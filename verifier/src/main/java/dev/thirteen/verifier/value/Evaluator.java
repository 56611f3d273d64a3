package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Power;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Rational;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values of expressions where variables stand at a point.
 *
 * @param <T> the kind of numbers
 */
final class Evaluator<T> {
    private static final int MAX_TERMS = 1_000;
    private static final int MAX_DETERMINANT = 5;
    private static final Rational HUNDREDTH = new Rational(BigInteger.ONE, BigInteger.valueOf(100));
    private static final Rational DEGREE = new Rational(BigInteger.ONE, BigInteger.valueOf(180));

    private final Arithmetic<T> numbers;
    private final Point point;
    private final boolean decimalLogarithm;
    private final Work work;
    private final Map<String, T> bound = new HashMap<>();

    Evaluator(Arithmetic<T> numbers, Point point, boolean decimalLogarithm, Work work) {
        this.numbers = numbers;
        this.point = point;
        this.decimalLogarithm = decimalLogarithm;
        this.work = work;
    }

    /**
     * The value.
     *
     * @throws UnevaluableException when there is none
     */
    T value(Expression expression) {
        work.spend(numbers.cost());
        return switch (expression) {
            case Number(Rational value, int _) -> numbers.of(value);
            case Symbol(String name) -> symbol(name);
            case Sum(List<Expression> terms) -> {
                T sum = value(terms.getFirst());
                for (Expression term : terms.subList(1, terms.size())) sum = numbers.add(sum, value(term));
                yield sum;
            }
            case Product(List<Expression> factors) -> {
                T product = value(factors.getFirst());
                for (Expression factor : factors.subList(1, factors.size())) {
                    product = numbers.multiply(product, value(factor));
                }
                yield product;
            }
            case Power(Expression base, Expression exponent) -> power(base, exponent);
            case Apply(String function, List<Expression> arguments) -> apply(function, arguments);
            case Measured(Expression inner, String unit) -> measured(value(inner), unit);
            default -> throw new UnevaluableException("no number");
        };
    }

    private T symbol(String name) {
        T value = bound.get(name);
        if (value != null) return value;
        if (name.equals("pi") || name.equals("e") || name.equals("i")) return numbers.constant(name);
        if (name.equals("infinity") || name.startsWith("set ")) throw new UnevaluableException(name);
        return numbers.of(point.of(name));
    }

    /** Roots of odd order of negative numbers are real, as in school. */
    private T power(Expression base, Expression exponent) {
        T root = value(base);
        if (exponent instanceof Number(Rational value, int _) && !value.isInteger()) {
            return root(root, value);
        }
        if (exponent instanceof Product(List<Expression> factors)
                && factors.size() == 2
                && factors.get(0) instanceof Number(Rational top, int _)
                && factors.get(1) instanceof Power(Number(Rational bottom, int _), Number(Rational minus, int _))
                && minus.equals(Rational.of(-1))
                && bottom.signum() != 0) {
            return root(root, top.times(bottom.inverse()));
        }
        return numbers.power(root, value(exponent));
    }

    private T root(T base, Rational exponent) {
        if (exponent.denominator().testBit(0) && exponent.denominator().bitLength() < 16 && isNegative(base)) {
            T power = numbers.power(numbers.multiply(numbers.of(Rational.of(-1)), base), numbers.of(exponent));
            boolean odd = exponent.numerator().testBit(0);
            return odd ? numbers.multiply(numbers.of(Rational.of(-1)), power) : power;
        }
        return numbers.power(base, numbers.of(exponent));
    }

    private boolean isNegative(T value) {
        try {
            return numbers.real(value) < 0 && numbers.real(numbers.apply("Im", value)) == 0;
        } catch (UnevaluableException _) {
            return false; // it is not real
        }
    }

    private T measured(T value, String unit) {
        return switch (unit) {
            case "%" -> numbers.multiply(value, numbers.of(HUNDREDTH));
            case "\u00b0" -> numbers.multiply(numbers.multiply(value, numbers.of(DEGREE)), numbers.constant("pi"));
            default -> value;
        };
    }

    private T apply(String function, List<Expression> arguments) {
        return switch (function) {
            case "log" -> logarithm(value(arguments.getFirst()));
            case "root" -> rootOf(value(arguments.get(0)), arguments.get(1));
            case "factorial" -> factorial(arguments);
            case "mod" -> numbers.of(exact(new Apply("mod", arguments)));
            case "binom" -> binomial(arguments);
            case "gcd", "lcm" -> numbers.of(exact(new Apply(function, arguments)));
            case "max", "min" -> extreme(function.equals("max") ? 1 : -1, arguments);
            case "sum", "prod" -> series(function.equals("sum"), arguments);
            case "ratio" -> numbers.multiply(value(arguments.get(0)), inverse(arguments.get(1)));
            case "det" -> determinant(arguments.getFirst());
            case "int", "lim", "iint", "oint" -> throw new UnevaluableException("needs algebra");
            case "deg", "exp" -> throw new UnevaluableException("unknown");
            default ->
                known(function) ? numbers.apply(function, value(arguments.getFirst())) : generic(function, arguments);
        };
    }

    private static boolean known(String function) {
        return dev.thirteen.verifier.notation.Names.isFunction(function);
    }

    private T inverse(Expression expression) {
        return numbers.power(value(expression), numbers.of(Rational.of(-1)));
    }

    private T logarithm(T argument) {
        T natural = numbers.apply("ln", argument);
        if (!decimalLogarithm) return natural;
        T ten = numbers.apply("ln", numbers.of(Rational.of(10)));
        return numbers.multiply(natural, numbers.power(ten, numbers.of(Rational.of(-1))));
    }

    private T rootOf(T radicand, Expression degree) {
        Rational n = exact(degree);
        if (n.signum() == 0) throw new UnevaluableException("a root of degree 0");
        return root(radicand, n.inverse());
    }

    private Rational exact(Expression expression) {
        return new Exact(work)
                .value(substituted(expression))
                .orElseThrow(() -> new UnevaluableException("no rational"));
    }

    /** Bound variables are whole numbers, so what is made of them may be exact. */
    private Expression substituted(Expression expression) {
        return switch (expression) {
            case Symbol(String name)
            when bound.containsKey(name) ->
                Number.of(Math.round(numbers.real(java.util.Objects.requireNonNull(bound.get(name)))));
            case Sum(List<Expression> terms) ->
                new Sum(terms.stream().map(this::substituted).toList());
            case Product(List<Expression> factors) ->
                new Product(factors.stream().map(this::substituted).toList());
            case Power(Expression base, Expression exponent) -> new Power(substituted(base), substituted(exponent));
            case Apply(String name, List<Expression> arguments) ->
                new Apply(name, arguments.stream().map(this::substituted).toList());
            default -> expression;
        };
    }

    /** Exact for whole numbers; between them, where variables stand at a point, as the gamma function continues it. */
    private T factorial(List<Expression> arguments) {
        var whole = new Exact(work).value(substituted(new Apply("factorial", arguments)));
        return whole.isPresent() ? numbers.of(whole.get()) : numbers.apply("factorial", value(arguments.getFirst()));
    }

    /** n over a whole k, as a product; n may be a variable. */
    private T binomial(List<Expression> arguments) {
        var whole = new Exact(work).value(substituted(new Apply("binom", arguments)));
        if (whole.isPresent()) return numbers.of(whole.get());
        var chosen = new Exact(work).value(substituted(arguments.get(1)));
        if (chosen.isEmpty()) return continued(value(arguments.get(0)), value(arguments.get(1)));
        Rational k = chosen.get();
        if (!k.isInteger() || k.signum() < 0 || k.compareTo(Rational.of(100)) > 0) return generic("binom", arguments);
        T n = value(arguments.get(0));
        T product = numbers.of(Rational.ONE);
        for (int i = 0; i < k.numerator().intValue(); i++) {
            T factor = numbers.add(n, numbers.of(Rational.of(-i)));
            product = numbers.multiply(
                    product,
                    numbers.multiply(factor, numbers.of(Rational.of(i + 1L).inverse())));
        }
        return product;
    }

    /** n over k by factorials, where k is a variable. */
    private T continued(T n, T k) {
        T minus = numbers.of(Rational.of(-1));
        T rest = numbers.apply("factorial", numbers.add(n, numbers.multiply(minus, k)));
        T bottom = numbers.multiply(numbers.apply("factorial", k), rest);
        return numbers.multiply(numbers.apply("factorial", n), numbers.power(bottom, minus));
    }

    private T determinant(Expression argument) {
        if (!(argument instanceof Expression.Matrix(List<List<Expression>> rows))
                || rows.size() > MAX_DETERMINANT
                || rows.size() != rows.getFirst().size()) {
            throw new UnevaluableException("no small square matrix");
        }
        return minor(
                rows.stream().map(row -> row.stream().map(this::value).toList()).toList());
    }

    private T minor(List<List<T>> rows) {
        if (rows.size() == 1) return rows.getFirst().getFirst();
        T sum = numbers.of(Rational.ZERO);
        for (int j = 0; j < rows.size(); j++) {
            int column = j;
            List<List<T>> rest = rows.subList(1, rows.size()).stream()
                    .map(row -> java.util.stream.IntStream.range(0, row.size())
                            .filter(k -> k != column)
                            .mapToObj(row::get)
                            .toList())
                    .toList();
            T term = numbers.multiply(rows.getFirst().get(j), minor(rest));
            sum = numbers.add(sum, j % 2 == 0 ? term : numbers.multiply(numbers.of(Rational.of(-1)), term));
        }
        return sum;
    }

    private T extreme(int sign, List<Expression> arguments) {
        T best = value(arguments.getFirst());
        for (Expression argument : arguments) {
            T value = value(argument);
            if ((numbers.real(value) - numbers.real(best)) * sign > 0) best = value;
        }
        return best;
    }

    /** A sum or product over a variable between whole numbers. */
    private T series(boolean sum, List<Expression> parts) {
        if (!(parts.get(0) instanceof Symbol(String variable))) throw new UnevaluableException("a sum over what");
        Rational from = exact(parts.get(1));
        Rational to = exact(parts.get(2));
        if (!from.isInteger() || !to.isInteger() || to.minus(from).compareTo(Rational.of(MAX_TERMS)) > 0) {
            throw new UnevaluableException("too many terms");
        }
        T total = numbers.of(sum ? Rational.ZERO : Rational.ONE);
        T outer = bound.get(variable);
        for (Rational k = from; k.compareTo(to) <= 0; k = k.plus(Rational.ONE)) {
            bound.put(variable, numbers.of(k));
            T term = value(parts.get(3));
            total = sum ? numbers.add(total, term) : numbers.multiply(total, term);
        }
        if (outer == null) bound.remove(variable);
        else bound.put(variable, outer);
        return total;
    }

    /** An unknown function is some cubic polynomial with factors of its own: equal for equal arguments, and smooth. */
    private T generic(String name, List<Expression> arguments) {
        T total = numbers.of(point.of(name + "()"));
        int place = 0;
        for (Expression argument : arguments) {
            T x = value(argument);
            T power = x;
            for (int degree = 1; degree <= 3; degree++) {
                Rational factor = point.of(name + "(" + place + "," + degree);
                total = numbers.add(total, numbers.multiply(numbers.of(factor), power));
                power = numbers.multiply(power, x);
            }
            place++;
        }
        return total;
    }
}
