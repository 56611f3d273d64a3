package dev.thirteen.core.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Numbers joined by + - *, with multiplication first and otherwise from left to right.
 *
 * @param numbers at least one
 * @param operators one less than the numbers
 */
public record ArithmeticExpression(List<Integer> numbers, List<Operator> operators) {
    /** What joins two numbers. */
    public enum Operator {
        PLUS("+"),
        MINUS("-"),
        TIMES("*");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }

        int apply(int left, int right) {
            return switch (this) {
                case PLUS -> left + right;
                case MINUS -> left - right;
                case TIMES -> left * right;
            };
        }
    }

    public ArithmeticExpression {
        numbers = List.copyOf(numbers);
        operators = List.copyOf(operators);
        if (numbers.isEmpty() || operators.size() != numbers.size() - 1) {
            throw new IllegalArgumentException("%d numbers, %d operators".formatted(numbers.size(), operators.size()));
        }
    }

    /** The expression with its next operation done. */
    public ArithmeticExpression reduced() {
        if (operators.isEmpty()) throw new IllegalStateException(text() + " is a number");
        int next = Math.max(0, operators.indexOf(Operator.TIMES));
        List<Integer> fewerNumbers = new ArrayList<>(numbers);
        List<Operator> fewerOperators = new ArrayList<>(operators);
        int right = fewerNumbers.remove(next + 1);
        fewerNumbers.set(next, fewerOperators.remove(next).apply(numbers.get(next), right));
        return new ArithmeticExpression(fewerNumbers, fewerOperators);
    }

    /** Every reduction in order; the last is a number. */
    public List<ArithmeticExpression> reductions() {
        List<ArithmeticExpression> all = new ArrayList<>();
        ArithmeticExpression rest = this;
        while (!rest.operators.isEmpty()) {
            rest = rest.reduced();
            all.add(rest);
        }
        return all;
    }

    public int value() {
        return operators.isEmpty() ? numbers.getFirst() : reductions().getLast().value();
    }

    /** As in {@code 7*3-4}; negative numbers after the first stand in parentheses. */
    public String text() {
        StringBuilder text = new StringBuilder().append(numbers.getFirst());
        for (int i = 0; i < operators.size(); i++) {
            int number = numbers.get(i + 1);
            text.append(operators.get(i).sign).append(number < 0 ? "(" + number + ")" : String.valueOf(number));
        }
        return text.toString();
    }

    /** Three to five numbers of one digit without zero; every length is as likely as the others. */
    static ArithmeticExpression drawn(Draws draws) {
        int length = 3 + draws.below(3);
        List<Integer> numbers = new ArrayList<>();
        List<Operator> operators = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            if (i > 0) operators.add(Operator.values()[draws.below(Operator.values().length)]);
            numbers.add(1 + draws.below(9));
        }
        return new ArithmeticExpression(numbers, operators);
    }

    /** The same, of one split. */
    static ArithmeticExpression drawn(Draws draws, ArithmeticSplit split) {
        ArithmeticExpression expression = drawn(draws);
        while (ArithmeticSplit.of(expression.text()) != split) expression = drawn(draws);
        return expression;
    }
}
