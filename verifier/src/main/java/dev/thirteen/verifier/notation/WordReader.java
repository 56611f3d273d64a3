package dev.thirteen.verifier.notation;

import dev.thirteen.verifier.notation.Token.Kind;
import java.util.Locale;

/** Tells names of functions, separators, units and words from variables written beside each other. */
final class WordReader {
    /** More letters than that are a word, not a product. */
    private static final int MAX_VARIABLES = 4;

    /** Commands whose names are words of prose as well. */
    private static final java.util.Set<String> PLAIN_WORDS =
            java.util.Set.of("square", "star", "top", "bot", "ast", "ell");

    private WordReader() {}

    static void add(Lexer lexer, String run) {
        if (run.equals("or") || run.equals("and")) {
            lexer.add(Kind.SYMBOL, "and");
        } else if (run.equals("pct") || run.equals("percent") || run.equals("percentage")) {
            lexer.add(Kind.SYMBOL, "%");
        } else if (run.equals("degrees") || run.equals("degree")) {
            lexer.add(Kind.SYMBOL, "\u00b0");
        } else if (isOrdinal(run, lexer)) {
            return; // the 25th is 25
        } else if (isTimes(run, lexer)) {
            lexer.add(Kind.COMMAND, "times");
        } else if (run.equals("min") && lexer.last().is(Kind.NUMBER) && "({\\_".indexOf(lexer.next()) < 0) {
            lexer.add(Kind.WORDS, run); // minutes
        } else if (Vocabulary.FUNCTIONS.contains(run)) {
            lexer.add(Kind.COMMAND, run);
        } else if (Vocabulary.CONSTANTS.containsKey(run)) {
            lexer.add(Kind.COMMAND, Vocabulary.CONSTANTS.get(run));
        } else if (run.equals("pm") || run.equals("in") && "[({\\".indexOf(lexer.next()) >= 0) {
            lexer.add(Kind.COMMAND, run);
        } else if (run.equals("U") && closes(lexer.last())) {
            lexer.add(Kind.COMMAND, "cup");
        } else if (Vocabulary.LETTERS.contains(run) && run.length() > 2 && !PLAIN_WORDS.contains(run)) {
            lexer.add(Kind.COMMAND, run);
        } else if (isWord(run, lexer)) {
            lexer.add(Kind.WORDS, run);
        } else if (follows(run, lexer)) {
            lexer.add(Kind.SYMBOL, "and");
            add(lexer, run.substring(run.startsWith("or") ? 2 : 3));
        } else if (run.length() > MAX_VARIABLES || isUnit(run, lexer)) {
            lexer.add(Kind.WORDS, run);
        } else {
            for (char c : run.toCharArray()) lexer.add(Kind.LETTERS, String.valueOf(c));
        }
    }

    /** The content of {@code \text{…}}. */
    static void addText(Lexer lexer, String content) {
        String word = content.toLowerCase(Locale.ROOT).replaceAll("[\\s,;]", "");
        switch (word) {
            case "and", "or" -> lexer.add(Kind.SYMBOL, "and");
            case "percent", "pct", "%" -> lexer.add(Kind.SYMBOL, "%");
            case "degrees", "degree" -> lexer.add(Kind.SYMBOL, "\u00b0");
            default -> {
                boolean minutes = word.equals("min") && isMeasured(lexer);
                String name = Vocabulary.FUNCTIONS.contains(content) ? content : word;
                if (Vocabulary.FUNCTIONS.contains(name) && !minutes) {
                    lexer.add(Kind.COMMAND, name);
                } else if (content.indexOf(", ") > 0 && !content.endsWith(", ")) {
                    listed(lexer, content);
                } else {
                    lexer.add(Kind.WORDS, content);
                }
            }
        }
    }

    /** Whether a quantity stands before this place, so that words here are its unit. */
    private static boolean isMeasured(Lexer lexer) {
        return lexer.last().is(Kind.NUMBER) || lexer.last().is("}");
    }

    private static boolean isOrdinal(String run, Lexer lexer) {
        boolean ending = run.equals("th") || run.equals("st") || run.equals("nd") || run.equals("rd");
        return ending && lexer.last().is(Kind.NUMBER) && !lexer.spaced();
    }

    /** The x of 4.5 x 10^3. */
    private static boolean isTimes(String run, Lexer lexer) {
        boolean x = run.equals("x") || run.equals("X");
        return x && lexer.last().is(Kind.NUMBER) && lexer.spaced() && lexer.digitFollows();
    }

    /** Names beside each other: {@code \text{Alice, Bob}}. */
    private static void listed(Lexer lexer, String content) {
        String[] parts = content.split(", ");
        for (int i = 0; i < parts.length; i++) {
            if (i > 0) lexer.add(Kind.SYMBOL, ",");
            lexer.add(Kind.WORDS, parts[i]);
        }
    }

    /** Short words of prose; the ambiguous ones only where they stand alone. */
    private static boolean isWord(String run, Lexer lexer) {
        String lower = run.toLowerCase(Locale.ROOT);
        if (Vocabulary.SHORT_WORDS.contains(lower)) return true;
        boolean alone = (lexer.spaced() || lexer.last().is(Kind.END)) && " ',".indexOf(lexer.next()) >= 0;
        return alone && Vocabulary.AMBIGUOUS_WORDS.contains(lower);
    }

    /** "1orW": a separator stuck to its neighbours. */
    private static boolean follows(String run, Lexer lexer) {
        if (!closes(lexer.last()) && !lexer.last().is(Kind.NUMBER)) return false;
        return (run.startsWith("or") || run.startsWith("and"))
                && run.length() <= 5
                && run.length() > 2
                && Character.isUpperCase(run.charAt(run.startsWith("or") ? 2 : Math.min(3, run.length() - 1)));
    }

    private static boolean closes(Token token) {
        return token.is(")") || token.is("]") || token.is("\\}");
    }

    static boolean isUnitLetter(String letter, Lexer lexer) {
        Token before = lexer.last();
        return (before.is(Kind.NUMBER) || before.is("}"))
                && Character.isLowerCase(letter.charAt(0))
                && unit(letter) != null;
    }

    private static boolean isUnit(String run, Lexer lexer) {
        Token before = lexer.last();
        if (run.length() < 2 || !before.is(Kind.NUMBER) && !before.is("}") && !before.is("^")) return false;
        return unit(run) != null || run.length() > 2 && lexer.spaced() && (run.length() > 3 || run.endsWith("s"));
    }

    /** One name for a unit however it is spelled; null for what is none. */
    static @org.jspecify.annotations.Nullable String unit(String word) {
        String name = Vocabulary.UNITS.get(word);
        if (name != null) return name;
        String lower = word.toLowerCase(Locale.ROOT);
        if (lower.length() > 3 && lower.endsWith("s")) lower = lower.substring(0, lower.length() - 1);
        return lower.length() < 2 ? null : Vocabulary.UNITS.get(lower);
    }
}
