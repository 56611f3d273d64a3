package dev.thirteen.core.answer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** LaTeX boxes in a text. */
final class Boxes {
    private static final String BOXED = "\\boxed";

    private Boxes() {}

    /** Content of the closed box that begins last. One pass; an open box is passed over, escaped braces do not count. */
    static Optional<String> lastClosed(String text) {
        Deque<Integer> open = new ArrayDeque<>(); // content start of a box, -1 for another brace
        int start = -1;
        int end = -1;
        int boxBrace = -1;
        for (int i = 0; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '\\' -> {
                    if (text.startsWith(BOXED, i)) {
                        i += BOXED.length() - 1;
                        boxBrace = afterSpaces(text, i + 1);
                    } else {
                        i++; // an escaped character: \{, \}, \\, or the first letter of a command
                    }
                }
                case '{' -> open.push(i == boxBrace ? i + 1 : -1);
                case '}' -> {
                    int opened = open.isEmpty() ? -1 : open.pop();
                    if (opened > start) {
                        start = opened;
                        end = i;
                    }
                }
                default -> {}
            }
        }
        return start < 0 ? Optional.empty() : Optional.of(text.substring(start, end));
    }

    private static int afterSpaces(String text, int from) {
        int i = from;
        while (i < text.length() && text.charAt(i) == ' ') i++;
        return i;
    }
}
