package dev.thirteen.bench;

/** One side of a comparison: does the whole work once and returns its figure. */
@FunctionalInterface
interface Side {
    double round(int number);
}
