package dev.thirteen.core.data;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The generated data set "random-arithmetic": sums and products of any length and size, in words that any model reads,
 * drawn from a seed, so that no corpus can hold them.
 *
 * @param terms numbers in an expression, 2 to {@value #MOST_TERMS}
 * @param digits of each number, 1 to {@value #MOST_DIGITS}
 */
public record RandomArithmetic(int terms, int digits) {
    public static final int MOST_TERMS = 64;
    public static final int MOST_DIGITS = 12;
    public static final int MOST_PROBLEMS = 100_000;
    /** Tries for a problem that was not met yet. */
    private static final int PATIENCE = 1_000;

    private static final String[] OPERATORS = {"+", "-", "*"};

    public RandomArithmetic {
        if (terms < 2 || terms > MOST_TERMS) {
            throw new IllegalArgumentException("terms must be 2 to " + MOST_TERMS + ", not " + terms);
        }
        if (digits < 1 || digits > MOST_DIGITS) {
            throw new IllegalArgumentException("digits must be 1 to " + MOST_DIGITS + ", not " + digits);
        }
    }

    /**
     * Distinct problems, the same for the same arguments; a longer list begins with the shorter one.
     *
     * @throws IllegalArgumentException where there are not so many distinct ones
     */
    public List<Problem> problems(long seed, int count) {
        if (count < 0 || count > MOST_PROBLEMS) {
            throw new IllegalArgumentException("count must be 0 to " + MOST_PROBLEMS + ", not " + count);
        }
        Draws draws = new Draws(seed, 0);
        Set<String> met = new HashSet<>();
        List<Problem> problems = new ArrayList<>();
        int tries = 0;
        while (problems.size() < count) {
            Problem problem = drawn(draws, problems.size());
            if (met.add(problem.question())) {
                problems.add(problem);
                tries = 0;
            } else if (++tries > PATIENCE) {
                throw new IllegalArgumentException("there are hardly more than " + met.size() + " expressions of "
                        + terms + " numbers with " + digits + " digits");
            }
        }
        return problems;
    }

    private Problem drawn(Draws draws, int index) {
        StringBuilder text = new StringBuilder();
        BigInteger sum = BigInteger.ZERO;
        BigInteger product = number(draws);
        text.append(product);
        for (int i = 1; i < terms; i++) {
            String operator = OPERATORS[draws.below(OPERATORS.length)];
            BigInteger next = number(draws);
            text.append(' ').append(operator).append(' ').append(next);
            if (operator.equals("*")) {
                product = product.multiply(next);
            } else {
                sum = sum.add(product);
                product = operator.equals("-") ? next.negate() : next;
            }
        }
        String id = "random-arithmetic/" + terms + "x" + digits + "/" + index;
        return new Problem(
                id, "What is the value of " + text + " ?", sum.add(product).toString());
    }

    private BigInteger number(Draws draws) {
        StringBuilder number = new StringBuilder().append(1 + draws.below(9));
        for (int i = 1; i < digits; i++) number.append(draws.below(10));
        return new BigInteger(number.toString());
    }
}
