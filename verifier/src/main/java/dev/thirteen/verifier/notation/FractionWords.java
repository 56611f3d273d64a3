package dev.thirteen.verifier.notation;

import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;

/** Fractions in English words: one half, two thirds, two and a half. */
final class FractionWords {
    private static final Map<String, Integer> PARTS = Map.ofEntries(
            Map.entry("half", 2),
            Map.entry("halve", 2),
            Map.entry("third", 3),
            Map.entry("quarter", 4),
            Map.entry("fourth", 4),
            Map.entry("fifth", 5),
            Map.entry("sixth", 6),
            Map.entry("seventh", 7),
            Map.entry("eighth", 8),
            Map.entry("ninth", 9),
            Map.entry("tenth", 10),
            Map.entry("eleventh", 11),
            Map.entry("twelfth", 12),
            Map.entry("sixteenth", 16),
            Map.entry("twentieth", 20),
            Map.entry("hundredth", 100),
            Map.entry("thousandth", 1000));

    private static final Rational HALF = new Rational(BigInteger.ONE, BigInteger.TWO);

    private FractionWords() {}

    /** The value of a fraction or mixed number in lower case without hyphens; empty for anything else. */
    static Optional<Rational> value(String spoken) {
        int mixed = spoken.indexOf(" and a ");
        int joint = mixed < 0 ? spoken.indexOf(" and ") : mixed;
        Optional<Rational> all = fraction(spoken);
        if (all.isPresent() || joint < 0) return all;
        Optional<Rational> whole = NumberWords.whole(spoken.substring(0, joint)).map(Rational::of);
        Optional<Rational> part = fraction(spoken.substring(joint + " and ".length()));
        return whole.flatMap(
                number -> part.filter(rest -> rest.compareTo(Rational.ONE) < 0).map(number::plus));
    }

    private static Optional<Rational> fraction(String spoken) {
        int last = spoken.lastIndexOf(' ');
        if (last < 0) return spoken.equals("half") ? Optional.of(HALF) : Optional.empty();
        String name = spoken.substring(last + 1);
        Integer parts = PARTS.get(name.endsWith("s") ? name.substring(0, name.length() - 1) : name);
        if (parts == null) return Optional.empty();
        String count = spoken.substring(0, last);
        Optional<Long> top = count.equals("a") || count.equals("an") ? Optional.of(1L) : NumberWords.whole(count);
        return top.map(many -> new Rational(BigInteger.valueOf(many), BigInteger.valueOf(parts)));
    }
}
