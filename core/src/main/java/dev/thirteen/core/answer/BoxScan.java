package dev.thirteen.core.answer;

import java.util.ArrayList;
import java.util.List;

/** All boxes of a text with what belongs to them. One pass. */
final class BoxScan {
    private static final String BOXED = "\\boxed";
    private static final String[] PERCENT = {"\\%", "%", "percent", "pct"};

    /**
     * A box.
     *
     * @param start index of its command
     * @param end index after its closing brace
     */
    record Box(String content, int start, int end) {}

    private BoxScan() {}

    /** Outermost boxes in order; one that is never closed ends with the text. Empty ones are passed over. */
    static List<Box> boxes(String text) {
        List<Box> boxes = new ArrayList<>();
        int at = text.indexOf(BOXED);
        while (at >= 0) {
            int open = at + BOXED.length();
            while (open < text.length() && text.charAt(open) == ' ') open++;
            int next = open;
            if (open < text.length() && text.charAt(open) == '{') {
                int end = closing(text, open);
                next = Math.min(text.length(), end + 1);
                String content =
                        text.substring(open + 1, Math.min(end, text.length())).strip();
                if (!content.isEmpty()) boxes.add(new Box(content + percentAfter(text, next), at, next));
            } else if (open < text.length() && Character.isDigit(text.charAt(open))) { // \boxed 9
                while (next < text.length() && Character.isLetterOrDigit(text.charAt(next))) next++;
                boxes.add(new Box(text.substring(open, next) + percentAfter(text, next), at, next));
            }
            at = text.indexOf(BOXED, Math.max(next, at + 1));
        }
        return boxes;
    }

    /** Index of the brace that closes the one at an index; the length of the text when none does. */
    private static int closing(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return i;
            }
        }
        return text.length();
    }

    private static String percentAfter(String text, int from) {
        int at = from;
        while (at < text.length()
                && at - from < 6
                && " $\\)".indexOf(text.charAt(at)) >= 0
                && !text.startsWith("\\%", at)) at++;
        for (String word : PERCENT) {
            if (text.startsWith(word, at)) return "\\%";
        }
        return "";
    }
}
