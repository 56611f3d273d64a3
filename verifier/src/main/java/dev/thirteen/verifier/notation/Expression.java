package dev.thirteen.verifier.notation;

import java.util.List;

/** What an answer says, as read: nothing is simplified but signs and divisions, which are products and powers. */
public sealed interface Expression {
    /** Number of digits behind the point of a number that is written without one. */
    int NO_POINT = -1;

    /**
     * A number.
     *
     * @param decimals digits behind the point as written; {@link #NO_POINT} for an integer or a fraction
     */
    record Number(Rational value, int decimals) implements Expression {
        public static Number of(long value) {
            return new Number(Rational.of(value), NO_POINT);
        }
    }

    /** A variable, with subscript and primes in its name; π, e, i and ∞ are the names "pi", "e", "i" and "infinity". */
    record Symbol(String name) implements Expression {}

    /** Terms added up. */
    record Sum(List<Expression> terms) implements Expression {
        public Sum {
            terms = List.copyOf(terms);
        }
    }

    /** Factors multiplied, in the order written. */
    record Product(List<Expression> factors) implements Expression {
        public Product {
            factors = List.copyOf(factors);
        }
    }

    /** A power; a quotient is a power of -1. */
    record Power(Expression base, Expression exponent) implements Expression {}

    /** A function with its arguments, known to the evaluator or not. */
    record Apply(String function, List<Expression> arguments) implements Expression {
        public Apply {
            arguments = List.copyOf(arguments);
        }
    }

    /** A value with what it is measured in: "%", "°", or a unit in words. */
    record Measured(Expression value, String unit) implements Expression {}

    /**
     * Items in brackets: a tuple, a vector, an interval, or a set.
     *
     * @param open one of ( [ {, and ] for an interval open to the left
     * @param close one of ) ] }, and [ for an interval open to the right
     */
    record Bracketed(char open, List<Expression> items, char close) implements Expression {
        public Bracketed {
            items = List.copyOf(items);
        }

        public boolean isSet() {
            return open == '{';
        }
    }

    /** Several answers beside each other, without brackets around them. */
    record Listing(List<Expression> items) implements Expression {
        public Listing {
            items = List.copyOf(items);
        }
    }

    /** Sets joined, met or taken away: ∪, ∩ or ∖. */
    record SetOperation(char operator, Expression left, Expression right) implements Expression {}

    /** Rows of equal length. */
    record Matrix(List<List<Expression>> rows) implements Expression {
        public Matrix {
            rows = rows.stream().map(List::copyOf).toList();
        }
    }

    /**
     * Sides with operators between them, as 0 &lt; x ≤ 1.
     *
     * @param operators one of = ≈ ≠ &lt; ≤ &gt; ≥ ∈ ≡ ~ after each side but the last
     */
    record Relation(List<Expression> sides, List<String> operators) implements Expression {
        public Relation {
            sides = List.copyOf(sides);
            operators = List.copyOf(operators);
        }
    }

    /** Text that is no mathematics. */
    record Words(String text) implements Expression {}
}
