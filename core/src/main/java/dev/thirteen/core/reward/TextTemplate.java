package dev.thirteen.core.reward;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The form of a text: marks in a given order, and any text where the template says {@code {text}}. Each mark stands where the
 * template has it and nowhere else, so that a text cannot gain by repeating one. White space of any length
 * is like one space, and beside {@code {text}} it is free.
 */
public final class TextTemplate {
    /** What stands for any text that is not empty. */
    public static final String ANY = "{text}";

    private static final Pattern SPACE = Pattern.compile("\\s++");

    private final List<String> marks = new ArrayList<>();

    public TextTemplate(String written) {
        String template = spaced(written);
        int at = 0;
        for (int next = template.indexOf(ANY); next >= 0; next = template.indexOf(ANY, at)) {
            marks.add(template.substring(at, next).strip());
            at = next + ANY.length();
        }
        marks.add(template.substring(at).strip());
    }

    /** Whether a text has the form. Takes time linear in the text for each mark. */
    public boolean fits(String text) {
        String rest = spaced(text).strip();
        if (marks.size() == 1) return rest.equals(marks.getFirst());
        if (!rest.startsWith(marks.getFirst())) return false;
        int at = marks.getFirst().length();
        for (String mark : marks.subList(1, marks.size() - 1)) {
            int next = mark.isEmpty() ? -1 : rest.indexOf(mark, at);
            if (next < 0 || !isFilling(rest.substring(at, next))) return false;
            at = next + mark.length();
        }
        String last = marks.getLast();
        int end = rest.length() - last.length();
        return end >= at && rest.endsWith(last) && isFilling(rest.substring(at, end));
    }

    private static String spaced(String text) {
        return SPACE.matcher(text).replaceAll(" ");
    }

    private boolean isFilling(String text) {
        return !text.isBlank() && marks.stream().noneMatch(mark -> !mark.isEmpty() && text.contains(mark));
    }
}
