package dev.thirteen.engine;

/** Finite differences by four points, whose error grows with the step's fourth power: two need steps lost in fp32's noise. */
final class Slope {
    private Slope() {}

    /** A function of a distance. */
    @FunctionalInterface
    interface Along<E extends Exception> {
        double at(double distance) throws E;
    }

    /** The derivative at 0. */
    static <E extends Exception> double of(Along<E> function, double step) throws E {
        double near = function.at(step) - function.at(-step);
        double far = function.at(2 * step) - function.at(-2 * step);
        return (8 * near - far) / (12 * step);
    }
}
