package dev.thirteen.cli.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.regex.Pattern;

/** Why a line is no JSON. */
public final class JsonReason {
    /** Where in the line something began, and settings and classes of the parser, which nobody here can reach. */
    private static final Pattern INSIDE =
            Pattern.compile(" \\(start marker at \\[[^\\]]*\\]\\)|: enable `[^`]*` to allow|, from `[^`]*`");

    private JsonReason() {}

    /** What the parser says, without where in the line it says so. */
    public static String of(JsonProcessingException e) {
        if (e instanceof MismatchedInputException) return "there is more behind the first value";
        return INSIDE.matcher(e.getOriginalMessage()).replaceAll("");
    }
}
