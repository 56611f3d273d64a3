package dev.thirteen.core.sampling;

import java.util.List;

/**
 * The text of one sample up to its first stop string, in pieces that never have to be taken back: what may still turn out
 * to be the beginning of a stop string is held until it is known.
 */
public final class StopText {
    private final List<String> stops;
    private String held = "";
    private boolean stopped;

    public StopText(List<String> stops) {
        this.stops = stops;
    }

    /** The text before the first stop string; all of it when it has none. */
    public static String cut(String text, List<String> stops) {
        int end = indexIn(text, stops);
        return end < 0 ? text : text.substring(0, end);
    }

    /** Takes more text; returns what is certain of it and of what was held. */
    public String add(String piece) {
        if (stopped) return "";
        if (stops.isEmpty()) return piece;
        held += piece;
        int end = indexIn(held, stops);
        stopped = end >= 0;
        if (end < 0) end = held.length() - beginningAtEnd();
        String certain = held.substring(0, end);
        held = held.substring(end);
        return certain;
    }

    /** What is held, when no more text comes. */
    public String rest() {
        return stopped ? "" : held;
    }

    /** Whether a stop string was there. */
    public boolean stopped() {
        return stopped;
    }

    private static int indexIn(String text, List<String> stops) {
        return stops.stream()
                .mapToInt(text::indexOf)
                .filter(index -> index >= 0)
                .min()
                .orElse(-1);
    }

    /** Length of the longest end of the text that a stop string begins with. */
    private int beginningAtEnd() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) longest = length;
            }
        }
        return longest;
    }
}
