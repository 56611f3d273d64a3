package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Number;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with a word or a letter that belongs to them: minus 7, $70k, 1 in 3, 3 to 5. */
final class Amounts {
    private static final int LONGEST = 60;
    private static final Pattern SIGNED =
            Pattern.compile("\\s*+(?:minus|negative)\\s++(\\w.*+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SHORT = Pattern.compile("\\s*+\\\\?\\$?(\\d{1,9}(?:\\.\\d{1,9})?)([kKM])\\s*+");
    private static final Pattern PART = Pattern.compile("\\s*+(\\d{1,9}) (in|out of) (?:every )?([1-9]\\d{0,8})\\s*+");
    private static final Pattern RATIO = Pattern.compile("\\s*+(\\d{1,9}) to (\\d{1,9})\\s*+");

    private Amounts() {}

    /** What a text may mean beside what its signs say; nothing for most. */
    static List<Expression> readings(String text) {
        if (text.length() > LONGEST) return List.of();
        Matcher signed = SIGNED.matcher(text);
        if (signed.matches()) {
            return Parser.readings(signed.group(1)).stream()
                    .map(TermParser::negated)
                    .toList();
        }
        Matcher thousands = SHORT.matcher(text);
        if (thousands.matches()) {
            int zeros = thousands.group(2).equals("M") ? 6 : 3;
            return List.of(number(Rational.of(new BigDecimal(thousands.group(1)).scaleByPowerOfTen(zeros))));
        }
        Matcher part = PART.matcher(text);
        if (part.matches()) {
            Number share = number(new Rational(new BigInteger(part.group(1)), new BigInteger(part.group(3))));
            Number count = number(Rational.of(Long.parseLong(part.group(1))));
            return part.group(2).equals("in") ? List.of(share) : List.of(share, count);
        }
        Matcher ratio = RATIO.matcher(text);
        if (!ratio.matches()) return List.of();
        return List.of(new Apply(
                "ratio",
                List.of(
                        number(Rational.of(Long.parseLong(ratio.group(1)))),
                        number(Rational.of(Long.parseLong(ratio.group(2)))))));
    }

    private static Number number(Rational value) {
        return new Number(value, Expression.NO_POINT);
    }
}
