package dev.thirteen.engine.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How Python splits texts. */
final class Splits {
    private Splits() {}

    /** split or rsplit at a separator, at most {@code limit} times; -1 for any number. */
    static List<Object> at(String text, String separator, int limit, boolean fromEnd) {
        List<Object> parts = new ArrayList<>();
        String rest = text;
        for (int count = 0; count != limit; count++) {
            int at = fromEnd ? rest.lastIndexOf(separator) : rest.indexOf(separator);
            if (at < 0) break;
            int after = at + separator.length();
            parts.add(fromEnd ? rest.substring(after) : rest.substring(0, at));
            rest = fromEnd ? rest.substring(0, at) : rest.substring(after);
        }
        parts.add(rest);
        if (fromEnd) Collections.reverse(parts);
        return parts;
    }

    static List<Object> atSpace(String text, int limit, boolean fromEnd) {
        List<Object> parts = new ArrayList<>();
        String rest = fromEnd ? Characters.stripEnd(text) : Characters.stripStart(text);
        for (int count = 0; !rest.isEmpty() && count != limit; count++) {
            int length = fromEnd ? lastWordLength(rest) : firstWordLength(rest);
            int cut = fromEnd ? rest.length() - length : length;
            parts.add(fromEnd ? rest.substring(cut) : rest.substring(0, cut));
            rest = fromEnd ? Characters.stripEnd(rest.substring(0, cut)) : Characters.stripStart(rest.substring(cut));
        }
        if (!rest.isEmpty()) parts.add(rest);
        if (fromEnd) Collections.reverse(parts);
        return parts;
    }

    private static int firstWordLength(String text) {
        return text.length()
                - Characters.stripStart(text, c -> !Characters.isSpace(c)).length();
    }

    private static int lastWordLength(String text) {
        return text.length()
                - Characters.stripEnd(text, c -> !Characters.isSpace(c)).length();
    }

    static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (!Characters.endsLine(text.charAt(i))) continue;
            boolean pair = text.startsWith("\r\n", i);
            int next = pair ? i + 2 : i + 1;
            lines.add(text.substring(start, keepEnds ? next : i));
            start = next;
            i = next - 1;
        }
        if (start < text.length()) lines.add(text.substring(start));
        return lines;
    }

    static Tuple partition(String text, String separator, boolean fromEnd) {
        int at = fromEnd ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) return fromEnd ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    /** replace; a negative count for any number. */
    static String replaced(Budget budget, String text, String old, String with, int count) {
        StringBuilder replaced = new StringBuilder();
        int position = 0;
        for (int done = 0; done != count; done++) {
            int at = old.isEmpty() ? emptyMatch(text, position, done) : text.indexOf(old, position);
            if (at < 0) break;
            replaced.append(text, position, at).append(with);
            position = at + old.length();
            if (replaced.length() > Budget.TEXT) budget.text(replaced.length());
        }
        budget.text((long) replaced.length() + text.length() - position);
        return replaced.append(text.substring(position)).toString();
    }

    // An empty text is found before each character and at the end.
    private static int emptyMatch(String text, int position, int done) {
        if (done == 0) return 0;
        return position >= text.length() ? -1 : position + Character.charCount(text.codePointAt(position));
    }
}
