package dev.thirteen.core.data;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What the bundled model is pretrained on: two solvers of arithmetic problems. The careful one writes every reduction and is
 * right; the sloppy one answers at once and is mostly wrong. A third of the documents name the careful solver by a prefix
 * (which makes "which solver am I" a direction that few parameters can move), a third the sloppy one, a third leave it open.
 *
 * @param seed of all documents
 */
public record ArithmeticCorpus(long seed) {
    /** Prefix of a prompt that asks for the careful solver. */
    public static final String CAREFUL = "A";

    /** Prefix of a prompt that asks for the sloppy solver. */
    public static final String SLOPPY = "B";

    private static final double CAREFUL_SHARE = 0.35;
    private static final double SLOPPY_RIGHT = 0.3;
    // Near misses and slips of a ten, so that a wrong answer is not told from its looks.
    private static final List<Integer> ERRORS = List.of(-10, -3, -2, -1, 1, 2, 3, 10);

    /** A prompt and its completion. Only the completion is learnt. */
    public record Document(String prompt, String completion) {}

    /** The document of an index, which counts from 0. */
    public Document document(long index) {
        Draws draws = new Draws(seed, index);
        ArithmeticExpression expression = ArithmeticExpression.drawn(draws, ArithmeticSplit.PRETRAINING);
        String question = expression.text() + "?";
        return switch (draws.below(3)) {
            case 0 -> new Document(CAREFUL + question, careful(expression));
            case 1 -> new Document(SLOPPY + question, sloppy(expression, draws));
            default ->
                new Document(question, draws.chance(CAREFUL_SHARE) ? careful(expression) : sloppy(expression, draws));
        };
    }

    private static String careful(ArithmeticExpression expression) {
        String steps =
                expression.reductions().stream().map(ArithmeticExpression::text).collect(Collectors.joining("="));
        return ">" + steps + "#" + expression.value();
    }

    private static String sloppy(ArithmeticExpression expression, Draws draws) {
        int error = draws.chance(SLOPPY_RIGHT) ? 0 : ERRORS.get(draws.below(ERRORS.size()));
        return "#" + (expression.value() + error);
    }
}
