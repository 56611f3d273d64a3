package dev.thirteen.core.data;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The generated data set "arithmetic": questions like {@code 7*3-4+2?} with an integer as answer. */
public final class ArithmeticProblems {
    /** Most problems of one call: the smallest split has 2.5 times as many. */
    public static final int MOST = 100_000;

    // Streams of its own: the corpus counts its documents from 0, data orders use -1 and -2.
    private static final long STREAM = Long.MIN_VALUE;

    private ArithmeticProblems() {}

    /**
     * Distinct problems of a split, the same for the same arguments; a longer list begins with the shorter one. Their ids
     * are the expressions.
     *
     * @param count 0 to {@link #MOST}
     */
    public static List<Problem> problems(ArithmeticSplit split, long seed, int count) {
        if (count < 0 || count > MOST) {
            throw new IllegalArgumentException("count must be 0 to %d: %d".formatted(MOST, count));
        }
        Draws draws = new Draws(seed, STREAM + split.ordinal());
        Set<String> met = new HashSet<>();
        List<Problem> problems = new ArrayList<>();
        while (problems.size() < count) {
            ArithmeticExpression expression = ArithmeticExpression.drawn(draws, split);
            if (met.add(expression.text())) problems.add(problem(expression));
        }
        return problems;
    }

    private static Problem problem(ArithmeticExpression expression) {
        return new Problem(expression.text(), expression.text() + "?", String.valueOf(expression.value()));
    }
}
