package dev.thirteen.verifier.notation;

/**
 * How digits, points, commas and spaces make a number: 1,234.5 and 1 234,5 are written by different people.
 *
 * @param groupingCommas whether three digits after a comma belong to the same number
 * @param decimalComma whether a comma begins the decimals
 */
record NumberStyle(boolean groupingCommas, boolean decimalComma) {
    static final NumberStyle GROUPED = new NumberStyle(true, false);
    static final NumberStyle LISTED = new NumberStyle(false, false);
    static final NumberStyle CONTINENTAL = new NumberStyle(false, true);

    /**
     * A number in a text.
     *
     * @param digits with a point for the decimals and no separators
     * @param end index after its last character
     */
    record Read(String digits, int end) {}

    /** Whether a number begins here: a digit, or a point before one. */
    boolean begins(String text, int at) {
        char c = text.charAt(at);
        return digit(c) || c == '.' && !decimalComma && digit(charAt(text, at + 1));
    }

    Read read(String text, int start, boolean inBrackets) {
        StringBuilder digits = new StringBuilder();
        int at = integer(text, start, digits, inBrackets);
        char point = decimalComma ? ',' : '.';
        if (charAt(text, at) == point && digit(charAt(text, at + 1))) {
            digits.append('.');
            at = digits(text, at + 1, digits);
        } else if (charAt(text, at) == '.' && !decimalComma && endsNumber(text, at)) {
            digits.append('.'); // the full stop of "42.", or the point before repeating decimals
            at++;
        }
        return exponent(text, at, digits);
    }

    private static boolean endsNumber(String text, int at) {
        return charAt(text, at + 1) != '.';
    }

    private int integer(String text, int start, StringBuilder digits, boolean inBrackets) {
        int at = digits(text, start, digits);
        boolean leading = at - start >= 1 && at - start <= 3 && text.charAt(start) != '0';
        if (!leading) return at;
        int width;
        while ((width = separator(text, at, inBrackets)) > 0 && threeDigits(text, at + width)) {
            at = digits(text, at + width, digits);
        }
        return at;
    }

    /** Characters of the separator of thousands that stands here; 0 for none. */
    private int separator(String text, int at, boolean inBrackets) {
        if (text.startsWith("{,}", at)) return 3;
        if (text.startsWith("\\,", at)) return 2;
        if (text.startsWith(",\\!", at)) {
            int end = at + 3;
            while (end < text.length() && text.charAt(end) == ' ') end++;
            return end - at;
        }
        char c = charAt(text, at);
        if (c == ' ' && charAt(text, at + 4) != '/') return 1;
        if (c == '.' && (decimalComma || groupsByPoints(text, at))) return 1;
        if (c == '\'' || c == '_') return 1;
        return c == ',' && groupingCommas && !inBrackets ? 1 : 0;
    }

    /** Whether this point stands between more than two groups of digits: 1.234.567 has no decimals. */
    private static boolean groupsByPoints(String text, int at) {
        boolean before = at > 4 && text.charAt(at - 4) == '.';
        boolean after = threeDigits(text, at + 1) && charAt(text, at + 4) == '.' && threeDigits(text, at + 5);
        return before || after;
    }

    private static Read exponent(String text, int at, StringBuilder digits) {
        char e = charAt(text, at);
        if (e == 'e' || e == 'E') {
            int from = "+-".indexOf(charAt(text, at + 1)) >= 0 ? at + 2 : at + 1;
            int end = from;
            while (digit(charAt(text, end))) end++;
            if (end > from && !Character.isLetter(charAt(text, end))) {
                return new Read(digits + "e" + text.substring(at + 1, end), end);
            }
        }
        return new Read(digits.toString(), at);
    }

    private static int digits(String text, int start, StringBuilder digits) {
        int at = start;
        while (digit(charAt(text, at))) digits.append(text.charAt(at++));
        return at;
    }

    private static boolean threeDigits(String text, int at) {
        return digit(charAt(text, at))
                && digit(charAt(text, at + 1))
                && digit(charAt(text, at + 2))
                && !digit(charAt(text, at + 3));
    }

    static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }

    private static char charAt(String text, int index) {
        return index < text.length() ? text.charAt(index) : ' ';
    }
}
