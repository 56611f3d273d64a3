package dev.thirteen.verifier.value;

import dev.thirteen.verifier.notation.Rational;

/**
 * Numbers of one kind. Methods throw {@link UnevaluableException} for what has no value.
 *
 * @param <T> the numbers; complex
 */
interface Arithmetic<T> {
    T of(Rational value);

    /** π, e or i by name. */
    T constant(String name);

    T add(T a, T b);

    T multiply(T a, T b);

    T power(T base, T exponent);

    /** A function of one argument. */
    T apply(String function, T argument);

    /** The nearest double of a real value. */
    double real(T value);

    /** Steps of work that an operation costs. */
    int cost();
}
