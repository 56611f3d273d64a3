package dev.thirteen.verifier.equality;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Bracketed;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Sum;
import dev.thirteen.verifier.notation.Expression.Symbol;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** 3i + 4j beside a tuple is (3, 4): there i is no imaginary unit. */
final class UnitVectors {
    private static final List<String> NAMES = List.of("i", "j", "k");

    private UnitVectors() {}

    /** The coordinates of a sum of unit vectors, as many as those beside it; anything else as it is. */
    static Expression tuple(Expression vector, Expression beside) {
        if (!(beside instanceof Bracketed tuple) || tuple.open() != '(' || tuple.close() != ')') return vector;
        int size = tuple.items().size();
        List<Expression> terms = vector instanceof Sum(List<Expression> all) ? all : List.of(vector);
        if (size < 2 || size > NAMES.size() || terms.size() > size) return vector;
        List<Expression> coordinates = new ArrayList<>(Collections.nCopies(size, Number.of(0)));
        boolean[] taken = new boolean[size];
        for (Expression term : terms) {
            List<Expression> factors =
                    new ArrayList<>(term instanceof Product(List<Expression> all) ? all : List.of(term));
            int axis = axis(factors);
            if (axis < 0 || axis >= size || taken[axis]) return vector;
            taken[axis] = true;
            coordinates.set(axis, factors.isEmpty() ? Number.of(1) : new Product(factors));
        }
        return new Bracketed('(', coordinates, ')');
    }

    /** Takes the unit vector out of a term's factors; -1 where there is not exactly one. */
    private static int axis(List<Expression> factors) {
        int axis = -1;
        for (Expression factor : List.copyOf(factors)) {
            int named = factor instanceof Symbol(String name) ? NAMES.indexOf(name) : -1;
            if (named >= 0 && axis >= 0) return -1;
            if (named < 0) continue;
            axis = named;
            factors.remove(factor);
        }
        return axis;
    }
}
