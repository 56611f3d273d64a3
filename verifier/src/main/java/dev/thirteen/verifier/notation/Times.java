package dev.thirteen.verifier.notation;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Dates and times of day, which are no differences and no quotients; each in one spelling. */
final class Times {
    private static final int LONGEST = 40;
    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}|\\d{1,2}/\\d{1,2}/\\d{4}");
    private static final Pattern TIME = Pattern.compile("0?(\\d{1,2}):(\\d{2})(?::(\\d{2}))?([ap])?(?:\\.?m\\.?)?");

    private Times() {}

    /** The date or time that a text is; empty for anything else, such as the ratio 1:2. */
    static Optional<String> of(String text) {
        if (text.length() > LONGEST || text.indexOf(':') < 0 && text.indexOf('-') < 0 && text.indexOf('/') < 0) {
            return Optional.empty();
        }
        String plain = text.replaceAll("\\\\text(?:rm|bf)?|\\\\mathrm|[\\s${}~]|\\\\[,; ]", "")
                .toLowerCase(Locale.ROOT);
        if (DATE.matcher(plain).matches()) return Optional.of(plain);
        Matcher time = TIME.matcher(plain);
        if (!time.matches()) return Optional.empty();
        int hour = Integer.parseInt(time.group(1));
        int minute = Integer.parseInt(time.group(2));
        if (hour > 24 || minute > 59) return Optional.empty();
        boolean half = time.group(4) != null;
        // What can be made shorter is no ratio; 1:10 may be one.
        boolean reduced = gcd(hour, minute) == 1;
        if (!half && time.group(3) == null && reduced) return Optional.empty();
        String seconds = time.group(3) == null ? "" : ":" + time.group(3);
        return Optional.of(hour + ":" + time.group(2) + seconds + (half ? time.group(4) + "m" : ""));
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
