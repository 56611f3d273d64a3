package dev.thirteen.engine.jinja;

import java.util.function.IntPredicate;

/** What Python says about characters: its white space, its line ends, what it prints. */
final class Characters {
    /** Python's white space, as str.isspace and \s know it, for a regular expression. */
    static final String SPACE_CLASS =
            "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

    private Characters() {}

    static boolean isSpace(int c) {
        return c >= '\t' && c <= '\r'
                || c >= 0x1c && c <= ' '
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || c >= 0x2000 && c <= 0x200a
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** Whether a text is white space and not empty. */
    static boolean isSpace(String text) {
        return all(text, Characters::isSpace);
    }

    /** Whether a text is not empty and each of its characters is one of these. */
    static boolean all(String text, IntPredicate these) {
        return !text.isEmpty() && text.codePoints().allMatch(these);
    }

    /** Whether str.splitlines ends a line here. */
    static boolean endsLine(int c) {
        return c >= '\n' && c <= '\r' || c >= 0x1c && c <= 0x1e || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    /** Whether repr shows a character as it is. */
    static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    static String strip(String text) {
        return stripStart(stripEnd(text));
    }

    static String stripStart(String text) {
        return stripStart(text, Characters::isSpace);
    }

    static String stripEnd(String text) {
        return stripEnd(text, Characters::isSpace);
    }

    static String stripStart(String text, IntPredicate these) {
        int start = 0;
        while (start < text.length() && these.test(text.codePointAt(start)))
            start += Character.charCount(text.codePointAt(start));
        return text.substring(start);
    }

    static String stripEnd(String text, IntPredicate these) {
        int end = text.length();
        while (end > 0 && these.test(text.codePointBefore(end))) end -= Character.charCount(text.codePointBefore(end));
        return text.substring(0, end);
    }
}
