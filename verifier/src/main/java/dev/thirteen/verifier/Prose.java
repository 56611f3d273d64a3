package dev.thirteen.verifier;

import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Listing;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Product;
import dev.thirteen.verifier.notation.Expression.Relation;
import dev.thirteen.verifier.notation.Expression.Symbol;
import dev.thirteen.verifier.notation.Expression.Words;
import java.util.List;
import java.util.regex.Pattern;

/** Tells sentences from mathematics with a few words: what can be read as an answer need not be one. */
final class Prose {
    private static final Pattern DENIAL =
            Pattern.compile("\\b(?:wrong|incorrect|false|isn't|not)\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern EXPONENT = Pattern.compile("\\^\\{?-?\\d\\}?");

    private Prose() {}

    static boolean isProse(Expression expression) {
        return switch (expression) {
            case Words(String text) -> !text.equals("...");
            case Measured(Expression value, String unit) -> isLetters(value) || isProse(value) || isSentence(unit);
            case Listing(List<Expression> items) -> items.stream().anyMatch(Prose::isProse);
            case Relation(List<Expression> sides, List<String> _) ->
                sides.stream().anyMatch(Prose::isProse);
            case Apply(String function, List<Expression> arguments) ->
                function.equals("ratio") && arguments.stream().anyMatch(Prose::isProse);
            default -> false;
        };
    }

    /** Numbers among words, and what denies the value before it: no unit, as km h^{-1} is one. */
    private static boolean isSentence(String unit) {
        if (DENIAL.matcher(unit).find()) return true;
        String plain = unit.indexOf('^') < 0 ? unit : EXPONENT.matcher(unit).replaceAll("");
        return plain.indexOf(' ') >= 0 && plain.chars().anyMatch(Character::isDigit);
    }

    /** Letters that a sentence begins with are no product. */
    private static boolean isLetters(Expression value) {
        return value instanceof Symbol
                || value instanceof Product(List<Expression> factors)
                        && factors.stream().allMatch(Symbol.class::isInstance);
    }
}
