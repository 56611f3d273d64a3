package dev.thirteen.engine.jinja;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The text of a template with one kind of newline, and where its lines begin. */
record Source(String text, int[] newlines) {
    private static final Pattern NEWLINE = Pattern.compile("\r\n|\r|\n");

    /** As Jinja reads it: without the newline at its end. */
    static Source of(String template) {
        String text = withPlainNewlines(template);
        if (text.endsWith("\n")) text = text.substring(0, text.length() - 1);
        return new Source(text, newlines(text));
    }

    static String withPlainNewlines(String text) {
        return NEWLINE.matcher(text).replaceAll("\n");
    }

    /** The line of a position, from 1. */
    int line(int position) {
        int found = Arrays.binarySearch(newlines, position);
        return 1 + (found < 0 ? -found - 1 : found);
    }

    private static int[] newlines(String text) {
        return IntStream.range(0, text.length())
                .filter(i -> text.charAt(i) == '\n')
                .toArray();
    }
}
