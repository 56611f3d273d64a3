package dev.thirteen.core.run;

import java.util.regex.Pattern;

/** Names of runs. Imported adapters have names of the same form, out of the same space. */
public final class RunName {
    /** What a name must be, for messages. */
    public static final String RULE = "must be lower-case letters, digits and inner hyphens, 1 to 63 characters";

    private static final Pattern FORM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    private RunName() {}

    /** Whether the text has the form of a name. */
    public static boolean fits(String text) {
        return FORM.matcher(text).matches();
    }
}
