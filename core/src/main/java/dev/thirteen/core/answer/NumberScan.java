package dev.thirteen.core.answer;

import java.util.Optional;

/** Finds numbers in running text, in one pass. */
final class NumberScan {
    private static final String CONSTANT = "0123456789√π";
    private static final int LONGEST_CONSTANT = 40;

    private final String text;
    private int at;

    private NumberScan(String text) {
        this.text = text;
    }

    /** The last number as written, with its sign, separators, exponent and percent sign. */
    static Optional<String> last(String text) {
        NumberScan scan = new NumberScan(text);
        int start = -1;
        int end = -1;
        while (scan.at < text.length()) {
            if (scan.startsNumber()) {
                start = scan.signStart();
                scan.skipNumber();
                end = scan.at;
            } else {
                scan.at++;
            }
        }
        return start < 0 ? Optional.empty() : Optional.of(text.substring(start, end));
    }

    /** The number of a text that holds no other. */
    static Optional<String> only(String text) {
        Optional<String> number = lastOrMixed(text);
        return number.filter(
                last -> lastOrMixed(text.substring(0, text.lastIndexOf(last))).isEmpty());
    }

    /**
     * The last number with what belongs to it: a fraction's denominator, the fraction of a mixed number (a wrong one too, which
     * then is no number at all), a percent sign in words, roots and π (2√3, 5π/6). Digits inside of a word are none.
     */
    static Optional<String> lastOrMixed(String text) {
        NumberScan scan = new NumberScan(text);
        int start = -1;
        int end = -1;
        while (scan.at < text.length()) {
            int constant = scan.constantEnd();
            if (constant > scan.at) {
                start = scan.signStart();
                end = constant;
                scan.at = constant;
                continue;
            }
            if (!scan.startsNumber()) {
                scan.at++;
                continue;
            }
            boolean word = isLatin(scan.charAt(scan.at - 1));
            int from = scan.signStart();
            scan.skipNumber();
            scan.skipFraction();
            if (word || Phrases.denied(text, from, scan.at)) continue;
            start = from;
            end = scan.at;
        }
        return start < 0 ? Optional.empty() : Optional.of(text.substring(start, end));
    }

    /** Where what begins here ends, if it is made of digits with √ or π among them; else here. */
    private int constantEnd() {
        if (CONSTANT.indexOf(charAt(at)) < 0 || Character.isLetterOrDigit(charAt(at - 1))) return at;
        int end = at;
        boolean sign = false;
        while (end < at + LONGEST_CONSTANT && (CONSTANT + "./").indexOf(charAt(end)) >= 0) {
            sign |= charAt(end) == '√' || charAt(end) == 'π';
            end++;
        }
        while (end > at && "./".indexOf(charAt(end - 1)) >= 0) end--;
        return sign && !Character.isLetterOrDigit(charAt(end)) && "(^²³".indexOf(charAt(end)) < 0 ? end : at;
    }

    private static boolean isLatin(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    /** "3/4", and "1 3/4" when the number so far is a whole one; "1 000" and "2,74" come first. */
    private void skipFraction() {
        while (charAt(at) == ' ' && threeDigitsAt(at + 1) && charAt(at + 4) != '/') at += 4;
        if (charAt(at) == ',' && digitAt(at + 1)) {
            at++;
            skipDigits();
        }
        int mark = at;
        if (charAt(at) == ' ' && digitAt(at + 1)) {
            at++;
            skipDigits();
            if (charAt(at) != '/') at = mark;
        }
        if (charAt(at) == '/' && digitAt(at + 1)) {
            at++;
            skipDigits();
        }
        int behind = charAt(at) == ' ' ? at + 1 : at;
        for (String percent : new String[] {"\\%", "%", "percent", "pct"}) {
            if (text.startsWith(percent, behind)) at = behind + percent.length();
        }
    }

    private boolean startsNumber() {
        // The dot of "1.2.3" after 1.2 begins no number.
        return digitAt(at) || charAt(at) == '.' && digitAt(at + 1) && !digitAt(at - 1);
    }

    /** A sign belongs to the number unless something stands before it that makes it an operator: "5-3", "x-3". */
    private int signStart() {
        char sign = charAt(at - 1);
        if (sign != '-' && sign != '+' && sign != '\u2212') return at;
        char before = charAt(at - 2);
        return Character.isLetterOrDigit(before) || before == ')' ? at : at - 1;
    }

    private void skipNumber() {
        int digits = skipDigits();
        while (digits <= 3 && charAt(at) == ',' && threeDigitsAt(at + 1)) at += 4;
        if (charAt(at) == '.' && digitAt(at + 1)) {
            at++;
            skipDigits();
        }
        skipExponent();
        if (charAt(at) == '%') at++;
    }

    private void skipExponent() {
        if (charAt(at) != 'e' && charAt(at) != 'E') return;
        char sign = charAt(at + 1);
        int digits = sign == '-' || sign == '+' ? at + 2 : at + 1;
        if (!digitAt(digits)) return;
        at = digits;
        skipDigits();
    }

    private int skipDigits() {
        int start = at;
        while (digitAt(at)) at++;
        return at - start;
    }

    private boolean threeDigitsAt(int index) {
        return digitAt(index) && digitAt(index + 1) && digitAt(index + 2) && !digitAt(index + 3);
    }

    private boolean digitAt(int index) {
        char c = charAt(index);
        return c >= '0' && c <= '9';
    }

    private char charAt(int index) {
        return index >= 0 && index < text.length() ? text.charAt(index) : ' ';
    }
}
