package dev.thirteen.cli.tinymodel;

import java.util.stream.IntStream;

/** The tiny model's tokens: three special ones, and one for each character that an arithmetic text may hold. */
final class Characters {
    static final int PAD = 0;
    static final int BOS = 1;
    static final int EOS = 2;

    /** Ids follow the order. Some stand for uses to come: Q, semicolon, space, line feed. */
    static final String ALL = "0123456789+-*()=>?;#ABQ \n";

    static final int FIRST = 3;
    static final int COUNT = FIRST + ALL.length();

    private Characters() {}

    /** Ids of a prompt, which begins with BOS. */
    static int[] prompt(String text) {
        return IntStream.concat(IntStream.of(BOS), ids(text)).toArray();
    }

    /** Ids of a completion, which ends with EOS. */
    static int[] completion(String text) {
        return IntStream.concat(ids(text), IntStream.of(EOS)).toArray();
    }

    private static IntStream ids(String text) {
        return text.chars().map(character -> {
            int place = ALL.indexOf(character);
            if (place < 0) throw new IllegalArgumentException("no token for '" + (char) character + "'");
            return FIRST + place;
        });
    }
}
