package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Expression.Apply;
import dev.thirteen.verifier.notation.Expression.Measured;
import dev.thirteen.verifier.notation.Expression.Number;
import dev.thirteen.verifier.notation.Expression.Sum;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with a word or a letter that belongs to them: minus 7, $70k, 1 in 3, 3 to 5. */
final class Amounts {
    private static final int LONGEST = 60;
    private static final Pattern SIGNED =
            Pattern.compile("\\s*+(?:minus|negative)\\s++(\\w.*+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SHORT = Pattern.compile("\\s*+\\\\?\\$?(\\d{1,9}(?:\\.\\d{1,9})?)([kKM])\\s*+");
    /** As in India: the last three digits, then two by two. */
    private static final Pattern LAKHS = Pattern.compile("\\s*+\\d{1,2}(?:,\\d{2}){1,6},\\d{3}(?:\\.\\d{1,9})?\\s*+");
    /** 1 hour and 30 minutes, 5 ft 6 in. */
    private static final Pattern COMPOUND = Pattern.compile(
            "(\\d{1,9}) ?([a-z]{1,8})\\.?(?:,| and|, and)? (\\d{1,9}(?:\\.\\d{1,9})?) ?([a-z]{1,8})\\.?");

    private static final Pattern LOOKS =
            Pattern.compile("\\\\(?:text(?:rm|bf|it)?|mathrm|mbox)\\b|[{}~]|\\\\[,; ]|\\s++");

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
        if (text.indexOf(',') > 0 && LAKHS.matcher(text).matches())
            return List.of(number(Rational.of(new BigDecimal(text.strip().replace(",", "")))));
        Optional<Expression> compound = compound(text);
        if (compound.isPresent()) return List.of(compound.get());
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

    /** The sum of two quantities of one kind, the larger unit first. */
    private static Optional<Expression> compound(String text) {
        if (!startsWithQuantity(text)) return Optional.empty();
        Matcher parts = COMPOUND.matcher(
                LOOKS.matcher(text).replaceAll(" ").replaceAll(" {2,}", " ").strip());
        if (!parts.matches()) return Optional.empty();
        String large = Names.unit(parts.group(2));
        String small = Names.unit(parts.group(4));
        if (large.isEmpty() || small.isEmpty() || large.equals(small)) return Optional.empty();
        Expression first = new Measured(number(Rational.of(Long.parseLong(parts.group(1)))), large);
        Expression second = new Measured(number(Rational.of(new BigDecimal(parts.group(3)))), small);
        return Optional.of(new Sum(List.of(first, second)));
    }

    /** Whether letters stand behind a number, which is cheaper to see than {@link #COMPOUND}. */
    private static boolean startsWithQuantity(String text) {
        int at = 0;
        while (at < text.length() && (NumberStyle.digit(text.charAt(at)) || text.charAt(at) == ' ')) at++;
        if (at == 0 || at + 4 >= text.length()) return false;
        return text.charAt(at) >= 'a' && text.charAt(at) <= 'z' || "\\~".indexOf(text.charAt(at)) >= 0;
    }

    private static Number number(Rational value) {
        return new Number(value, Expression.NO_POINT);
    }
}
