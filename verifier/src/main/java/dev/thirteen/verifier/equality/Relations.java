package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.value.Truth;
import dev.thirteen.verifier.value.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Equations and inequalities: equal when one is the other multiplied by a constant, or turned around. */
final class Relations {
    private static final Map<String, String> MIRRORED =
            Map.of("<", ">", ">", "<", "\u2264", "\u2265", "\u2265", "\u2264");

    private final Values values;

    Relations(Values values) {
        this.values = values;
    }

    boolean same(Relation a, Relation b) {
        return sidesSame(a, b) || sidesSame(a, turned(b)) || scaled(a, b);
    }

    private boolean sidesSame(Relation a, Relation b) {
        if (!a.operators().equals(b.operators())) return false;
        for (int i = 0; i < a.sides().size(); i++) {
            if (!sideSame(a.sides().get(i), b.sides().get(i))) return false;
        }
        return true;
    }

    private boolean sideSame(Expression a, Expression b) {
        return values.same(a, b) == Truth.YES;
    }

    private static Relation turned(Relation relation) {
        List<String> operators = relation.operators().stream()
                .map(operator -> MIRRORED.getOrDefault(operator, operator))
                .toList();
        return new Relation(relation.sides().reversed(), operators.reversed());
    }

    private boolean scaled(Relation a, Relation b) {
        Relation left = ends(a);
        Relation right = ends(b);
        if (left.operators().size() != 1 || right.operators().size() != 1) return false;
        String operator = left.operators().getFirst();
        boolean equation = operator.equals("=") || operator.equals("\u2260");
        String other = right.operators().getFirst();
        boolean mirrored = other.equals(MIRRORED.get(operator));
        if (!other.equals(operator) && !mirrored) return false;
        OptionalDouble ratio = values.ratio(difference(left), difference(right));
        if (ratio.isEmpty()) return false;
        return equation || (ratio.getAsDouble() > 0) == other.equals(operator);
    }

    /** First and last side of a row of equations. */
    private static Relation ends(Relation relation) {
        boolean equations = relation.operators().stream().allMatch("="::equals);
        return equations && relation.sides().size() > 2
                ? new Relation(
                        List.of(relation.sides().getFirst(), relation.sides().getLast()), List.of("="))
                : relation;
    }

    private static Expression difference(Relation relation) {
        List<Expression> terms = new ArrayList<>();
        terms.add(relation.sides().get(0));
        terms.add(new Product(List.of(Number.of(-1), relation.sides().get(1))));
        return new Sum(terms);
    }
}
