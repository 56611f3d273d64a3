package dev.thirteen.core.reward;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds programs in completions. */
public final class CodeBlocks {
    // Possessive: no backtracking.
    private static final Pattern FENCE = Pattern.compile("^ {0,3}+```++([^`\\n]*+)$", Pattern.MULTILINE);

    private CodeBlocks() {}

    /** The content of the last block of code between fences; a block without end goes to the end of the text. */
    public static Optional<String> last(String text) {
        Matcher fences = FENCE.matcher(text);
        Optional<String> last = Optional.empty();
        int open = -1;
        while (fences.find()) {
            boolean bare = fences.group(1).isBlank();
            if (open < 0) {
                open = Math.min(text.length(), fences.end() + 1);
            } else if (bare) {
                last = Optional.of(text.substring(open, Math.max(open, fences.start())));
                open = -1;
            }
        }
        return open < 0 ? last : Optional.of(text.substring(open));
    }

    /** The program of a completion, as a term of code has it; empty when the text holds none. */
    public static Optional<String> program(TermKind.Code term, String question, String text) {
        return term.program().equals(TermKind.Code.QUESTION) ? Optional.of(question + text) : last(text);
    }
}
