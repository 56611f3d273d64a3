package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Listing;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.SetOperation;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.value.Canonical;
import dev.thirteen.verifier.value.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoublePredicate;

/**
 * Sets of real numbers however written: intervals, unions, differences, finite sets, inequalities. Two are equal when they hold
 * the same of all their ends and of one number between each two neighbours.
 */
final class RealSets {
    private static final double NEAR = 1e-9;

    private final Values values;

    RealSets(Values values) {
        this.values = values;
    }

    /**
     * A set.
     *
     * @param ends where it may begin or stop
     * @param holds whether it holds a number
     * @param variable whose values it is of; empty when it does not say
     */
    record RealSet(List<Double> ends, DoublePredicate holds, String variable) {}

    /** Whether something is written as a set of numbers and nothing else. */
    static boolean isSet(Expression expression) {
        return switch (expression) {
            case SetOperation _ -> true;
            case Bracketed bracketed -> isInterval(bracketed) || bracketed.isSet();
            case Symbol(String name) -> name.equals("set R");
            default -> false;
        };
    }

    /** Whether something is an inequality, or several. */
    static boolean isInequality(Expression expression) {
        return switch (expression) {
            case Relation(List<Expression> _, List<String> operators) ->
                operators.stream().allMatch(operator -> "<>\u2264\u2265\u2260".contains(operator));
            case Listing(List<Expression> items) -> items.stream().allMatch(RealSets::isInequality);
            default -> false;
        };
    }

    /** Whether something says where a variable lies: an inequality, or x ∈ [0, 1). */
    static boolean isStatement(Expression expression) {
        return isInequality(expression)
                || expression instanceof Relation(List<Expression> sides, List<String> operators)
                        && operators.equals(List.of("\u2208"))
                        && Labels.isLabel(sides.getFirst())
                        && isSet(sides.getLast());
    }

    static boolean isInterval(Bracketed bracketed) {
        return bracketed.items().size() == 2 && !bracketed.isSet();
    }

    /** Whether both are the same set; empty when one is none of real numbers that are known. */
    Optional<Boolean> same(Expression a, Expression b) {
        Optional<RealSet> left = of(a);
        Optional<RealSet> right = left.isEmpty() ? left : of(b);
        if (left.isEmpty() || right.isEmpty()) return Optional.empty();
        RealSet one = left.get();
        RealSet other = right.get();
        boolean named = !one.variable().isEmpty() && !other.variable().isEmpty();
        if (named && !one.variable().equals(other.variable())) return Optional.of(false);
        List<Double> ends = new ArrayList<>(one.ends());
        ends.addAll(other.ends());
        return Optional.of(samples(ends).stream()
                .allMatch(x -> one.holds().test(x) == other.holds().test(x)));
    }

    /** Every end, and a number between each two of them and beyond both sides. */
    private static List<Double> samples(List<Double> ends) {
        List<Double> sorted = ends.stream().filter(Double::isFinite).sorted().toList();
        List<Double> samples = new ArrayList<>();
        double before = Double.NEGATIVE_INFINITY;
        for (double end : sorted) {
            if (end - before <= NEAR * Math.max(1, Math.abs(end))) continue;
            samples.add(before == Double.NEGATIVE_INFINITY ? end - 1 : (before + end) / 2);
            samples.add(end);
            before = end;
        }
        samples.add(before == Double.NEGATIVE_INFINITY ? 0 : before + 1);
        return samples;
    }

    private Optional<RealSet> of(Expression expression) {
        return switch (expression) {
            case Symbol(String name) when name.equals("set R") -> Optional.of(new RealSet(List.of(), _ -> true, ""));
            case Bracketed bracketed when bracketed.isSet() -> points(bracketed.items());
            case Bracketed bracketed when isInterval(bracketed) -> interval(bracketed);
            case SetOperation(char operator, Expression left, Expression right) -> combined(operator, left, right);
            case Relation relation -> relation(relation);
            case Listing(List<Expression> items)
            when items.stream().allMatch(item -> item instanceof Relation) -> list(items);
            default -> Optional.empty();
        };
    }

    private static boolean near(double a, double b) {
        return a == b || Math.abs(a) < 1e300 && Math.abs(a - b) <= NEAR * Math.max(1, Math.abs(a));
    }

    private Optional<RealSet> points(List<Expression> items) {
        List<Double> points = new ArrayList<>();
        for (Expression item : items) {
            OptionalDouble value = values.real(item);
            if (value.isEmpty()) return Optional.empty();
            points.add(value.getAsDouble());
        }
        return Optional.of(new RealSet(points, x -> points.stream().anyMatch(point -> near(point, x)), ""));
    }

    private Optional<RealSet> interval(Bracketed interval) {
        OptionalDouble low = values.real(interval.items().get(0));
        OptionalDouble high = values.real(interval.items().get(1));
        if (low.isEmpty() || high.isEmpty()) return Optional.empty();
        boolean closedLow = interval.open() == '[';
        boolean closedHigh = interval.close() == ']';
        return Optional.of(between(low.getAsDouble(), closedLow, high.getAsDouble(), closedHigh));
    }

    private static RealSet between(double low, boolean closedLow, double high, boolean closedHigh) {
        DoublePredicate holds = x -> {
            boolean above = near(low, x) ? closedLow : x > low;
            boolean below = near(high, x) ? closedHigh : x < high;
            return above && below;
        };
        return new RealSet(List.of(low, high), holds, "");
    }

    private Optional<RealSet> combined(char operator, Expression left, Expression right) {
        Optional<RealSet> a = of(left);
        Optional<RealSet> b = of(right);
        if (a.isEmpty() || b.isEmpty()) return Optional.empty();
        RealSet all = combined(operator, a.get(), b.get());
        // {x : x > 2} and {y : y > 2} are one set; an inequality alone is about its variable.
        boolean built = isSet(left) && right instanceof Relation;
        return Optional.of(built ? new RealSet(all.ends(), all.holds(), "") : all);
    }

    private static RealSet combined(char operator, RealSet a, RealSet b) {
        List<Double> ends = new ArrayList<>(a.ends());
        ends.addAll(b.ends());
        DoublePredicate holds = switch (operator) {
            case '\u222a' -> a.holds().or(b.holds());
            case '\u2229' -> a.holds().and(b.holds());
            default -> a.holds().and(b.holds().negate());
        };
        return new RealSet(ends, holds, a.variable().isEmpty() ? b.variable() : a.variable());
    }

    /** x &lt; 2, 0 ≤ x &lt; 1, x ≠ 3, x = 2, x ∈ [0, 1). */
    private Optional<RealSet> relation(Relation relation) {
        List<Expression> sides = relation.sides();
        List<String> operators = relation.operators();
        Optional<Expression> spread = AbsoluteBounds.spread(relation);
        if (spread.isPresent()) return of(spread.get());
        int at = 0;
        while (at < sides.size() && !Labels.isLabel(sides.get(at))) at++;
        if (at == sides.size()) return Optional.empty();
        String variable = Canonical.of(sides.get(at));
        if (operators.equals(List.of("\u2208")) && at == 0) {
            return of(sides.get(1)).map(set -> new RealSet(set.ends(), set.holds(), variable));
        }
        RealSet all = new RealSet(List.of(), _ -> true, variable);
        for (int i = 0; i < operators.size(); i++) {
            boolean left = i + 1 == at;
            if (!left && i != at) return Optional.empty();
            OptionalDouble bound = values.real(sides.get(left ? i : i + 1));
            Optional<RealSet> part = bound.isPresent()
                    ? half(left ? mirrored(operators.get(i)) : operators.get(i), bound.getAsDouble())
                    : Optional.empty();
            if (part.isEmpty()) return Optional.empty();
            all = combined('\u2229', all, part.get());
        }
        return Optional.of(all);
    }

    static String mirrored(String operator) {
        return switch (operator) {
            case "<" -> ">";
            case ">" -> "<";
            case "\u2264" -> "\u2265";
            case "\u2265" -> "\u2264";
            default -> operator;
        };
    }

    private static Optional<RealSet> half(String operator, double bound) {
        double infinity = Double.POSITIVE_INFINITY;
        return switch (operator) {
            case "<" -> Optional.of(between(-infinity, false, bound, false));
            case "\u2264" -> Optional.of(between(-infinity, false, bound, true));
            case ">" -> Optional.of(between(bound, false, infinity, false));
            case "\u2265" -> Optional.of(between(bound, true, infinity, false));
            case "=" -> Optional.of(new RealSet(List.of(bound), x -> near(bound, x), ""));
            case "\u2260" -> Optional.of(new RealSet(List.of(bound), x -> !near(bound, x), ""));
            default -> Optional.empty();
        };
    }

    /** Several relations of one variable: all of them where that can be, else any. */
    private Optional<RealSet> list(List<Expression> items) {
        RealSet every = null;
        RealSet any = null;
        for (Expression item : items) {
            Optional<RealSet> set = of(item);
            if (set.isEmpty()) return Optional.empty();
            if (every != null && !every.variable().equals(set.get().variable())) return Optional.empty();
            every = every == null ? set.get() : combined('\u2229', every, set.get());
            any = any == null ? set.get() : combined('\u222a', any, set.get());
        }
        if (every == null || any == null) return Optional.empty();
        boolean possible = samples(every.ends()).stream().anyMatch(every.holds()::test);
        return Optional.of(possible ? every : any);
    }
}
