package dev.thirteen.verifier;

import dev.thirteen.verifier.Question.Form;
import dev.thirteen.verifier.equality.Rules;
import dev.thirteen.verifier.equality.Rules.Percent;
import java.util.OptionalInt;

/** Conventions of comparisons that people state in words; one that is not known changes nothing. */
public final class Conventions {
    private static final String MATH =
            "string equality after MATH's normalisation: order of a list counts, '10\\%' equals '10'";

    private Conventions() {}

    /**
     * The question that a case asks.
     *
     * @param words the convention in words; empty for none
     */
    public static Question question(
            Form form, String words, OptionalInt precision, boolean relationsForSets, boolean letters) {
        boolean ordered = words.equals(MATH);
        Percent percent = switch (words) {
            case MATH, "'10%' equals '10'", "'50\\%' equals '50'" -> Percent.UNIT;
            case "a percentage is a hundredth" -> Percent.HUNDREDTH;
            default -> Percent.EITHER;
        };
        return new Question(
                form,
                new Rules(ordered, percent, precision, relationsForSets),
                letters || words.equals("multiple choice"),
                words.equals("an answer inside the reasoning block does not count"),
                words.equals("only the last box counts"));
    }
}
