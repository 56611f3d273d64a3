package dev.thirteen.verifier.equality;

import java.util.Locale;
import java.util.Set;

/** Answers that are words. */
public final class Texts {
    private static final Set<String> NOTHING = Set.of(
            "nosolution",
            "nosolutions",
            "nosolutionexists",
            "nosolutionsexist",
            "therearenosolutions",
            "thereisnosolution",
            "norealsolution",
            "norealsolutions",
            "none",
            "emptyset",
            "theemptyset");
    private static final Set<String> ARTICLES = Set.of("a ", "an ", "the ");

    private Texts() {}

    /** Whether two texts differ in nothing but case, white space and marks. */
    public static boolean same(String a, String b) {
        String left = plain(a);
        String right = plain(b);
        if (left.isEmpty()) return false;
        return left.equals(right) || NOTHING.contains(left) && NOTHING.contains(right);
    }

    /** Whether two texts differ in nothing but white space, dollars and a full stop at the end. */
    public static boolean identical(String a, String b) {
        String bare = bare(a);
        return !bare.isEmpty() && bare.equals(bare(b)); // nothing is no answer, whatever the label
    }

    private static String bare(String text) {
        StringBuilder bare = new StringBuilder(text.length());
        boolean spaced = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c) || c == '$') {
                spaced = true;
                continue;
            }
            boolean apart = spaced
                    && !bare.isEmpty()
                    && Character.isLetterOrDigit(c)
                    && Character.isLetterOrDigit(bare.charAt(bare.length() - 1));
            if (apart) bare.append(' ');
            bare.append(c);
            spaced = false;
        }
        int end = bare.length();
        if (end > 0 && bare.charAt(end - 1) == '.') bare.setLength(end - 1);
        return bare.toString();
    }

    /** Whether words say that there is nothing: the empty set. */
    static boolean isNothing(String text) {
        return NOTHING.contains(plain(text));
    }

    /** Whether words have a meaning as an answer, so that they are no prose. */
    public static boolean isKnown(String text) {
        return isNothing(text) || isAllReals(text);
    }

    static boolean isAllReals(String text) {
        String plain = plain(text);
        return plain.equals("allrealnumbers") || plain.equals("allreals") || plain.equals("realnumbers");
    }

    private static String plain(String text) {
        String bare = text.replace("\\text", "")
                .replace("\\mathrm", "")
                .replace("\\textbf", "")
                .replace("\\mbox", "");
        for (String article : ARTICLES) {
            boolean leads =
                    bare.length() > article.length() && bare.regionMatches(true, 0, article, 0, article.length());
            if (leads && Character.isLetter(bare.charAt(article.length()))) bare = bare.substring(article.length());
        }
        StringBuilder plain = new StringBuilder(bare.length());
        for (int i = 0; i < bare.length(); i++) {
            char c = bare.charAt(i);
            boolean mark = Character.isWhitespace(c) || ".,;:!?\"'`{}()$~".indexOf(c) >= 0;
            boolean digits = i > 0
                    && Character.isWhitespace(bare.charAt(i - 1))
                    && Character.isDigit(c)
                    && !plain.isEmpty()
                    && Character.isDigit(plain.charAt(plain.length() - 1));
            if (digits) plain.append(' '); // 1 2 is not 12
            if (!mark) plain.append(c);
        }
        String lower = plain.toString().toLowerCase(Locale.ROOT);
        return lower.equals("dne") ? "doesnotexist" : lower;
    }
}
