package dev.thirteen.core.answer;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where in a completion the answer stands. All take time linear in the completion. */
public enum Extraction {
    /** Content of the last closed {@code \boxed{…}}, nested braces included. */
    BOXED,
    /** Rest of the line after the last run of {@code #}: {@code 2+2=4#4}, and GSM8K's {@code #### 4}. */
    HASH,
    /** The last number: sign, thousands separators, decimals, exponent and percent sign included. */
    LAST_NUMBER,
    /** Boxed; else a number after {@code ####}; else the last number; else whatever stands after {@code ####}. */
    AUTO,
    /** The whole completion without white space around it. */
    TEXT;

    /** The extraction of this {@link #label}; empty when there is none. */
    public static Optional<Extraction> named(String label) {
        return Arrays.stream(values())
                .filter(extraction -> extraction.label().equals(label))
                .findFirst();
    }

    /** Its name in run files and records. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static final String GSM8K_MARK = "####";

    /** The answer, trimmed; empty when there is none, or nothing in it. */
    public Optional<String> from(String completion) {
        Optional<String> found = switch (this) {
            case BOXED -> Boxes.lastClosed(completion);
            case HASH -> restOfLine(completion, completion.lastIndexOf('#'));
            case LAST_NUMBER -> NumberScan.last(completion);
            case AUTO -> auto(completion);
            case TEXT -> Optional.of(completion);
        };
        return found.map(String::strip).filter(answer -> !answer.isEmpty());
    }

    private static Optional<String> auto(String completion) {
        int mark = completion.lastIndexOf(GSM8K_MARK);
        // #### is also a Markdown heading ("#### Step 2"), so a number after it is taken before any other text.
        Optional<String> marked = restOfLine(completion, mark < 0 ? -1 : mark + GSM8K_MARK.length() - 1);
        return BOXED.from(completion)
                .or(() -> marked.filter(text -> Fraction.parse(text).isPresent()))
                .or(() -> LAST_NUMBER.from(completion))
                .or(() -> marked);
    }

    private static Optional<String> restOfLine(String completion, int mark) {
        if (mark < 0) return Optional.empty();
        int end = completion.indexOf('\n', mark);
        return Optional.of(completion.substring(mark + 1, end < 0 ? completion.length() : end));
    }
}
