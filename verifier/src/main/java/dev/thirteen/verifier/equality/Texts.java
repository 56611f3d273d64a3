package dev.thirteen.verifier.equality;

import java.util.Locale;

/** Answers that are words. */
public final class Texts {
    private Texts() {}

    /** Whether two texts differ in nothing but case, white space and marks. */
    public static boolean same(String a, String b) {
        String left = plain(a);
        return !left.isEmpty() && left.equals(plain(b));
    }

    /** Whether two texts differ in nothing but white space, dollars and a full stop at the end. */
    public static boolean identical(String a, String b) {
        return bare(a).equals(bare(b));
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

    static boolean isAllReals(String text) {
        String plain = plain(text);
        return plain.equals("allrealnumbers") || plain.equals("allreals") || plain.equals("realnumbers");
    }

    private static String plain(String text) {
        String bare = text.replace("\\text", "")
                .replace("\\mathrm", "")
                .replace("\\textbf", "")
                .replace("\\mbox", "");
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
        return plain.toString().toLowerCase(Locale.ROOT);
    }
}
