package dev.thirteen.core.run;

import java.util.regex.Pattern;

/**
 * Names of runs. Imported adapters have names of the same form, out of the same space. What stands before a dot is the tenant
 * whose run it is, so that tenants meet neither each other's runs nor their names.
 */
public final class RunName {
    /** What a name must be after its tenant, for messages; of the tenant speak those who know the caller. */
    public static final String RULE = "must be lower-case letters, digits and inner hyphens, 1 to 63 characters";

    /** A tenant's name, and a run's without its tenant. */
    private static final String WORD = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

    private static final Pattern PART = Pattern.compile(WORD);
    private static final Pattern FORM = Pattern.compile("(?:" + WORD + "\\.)?" + WORD);

    private RunName() {}

    /** Whether the text has the form of a name. */
    public static boolean fits(String text) {
        return FORM.matcher(text).matches();
    }

    /** Whether the text may name a tenant. */
    public static boolean fitsTenant(String text) {
        return PART.matcher(text).matches();
    }

    /** The tenant whose run has the name; empty for the one that has no name. */
    public static String tenant(String run) {
        return run.substring(0, Math.max(0, run.indexOf('.')));
    }
}
