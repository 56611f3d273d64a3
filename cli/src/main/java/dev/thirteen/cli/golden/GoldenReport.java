package dev.thirteen.cli.golden;

import java.util.Locale;
import java.util.function.Consumer;

/** Prints each case with its distance and bound, and counts. */
final class GoldenReport {
    private final Consumer<String> lines;
    private int passed;
    private int failed;

    GoldenReport(Consumer<String> lines) {
        this.lines = lines;
    }

    /** A case that passes up to a bound; NaN is beyond every bound. */
    void within(String name, double distance, double bound) {
        count(name, distance <= bound, String.format(Locale.ROOT, "distance %.2e  bound %.1e", distance, bound));
    }

    /** A case that passes when nothing differs. */
    void exact(String name, boolean same) {
        count(name, same, same ? "exact" : "differs");
    }

    /** A case that passes when these are the same text. */
    void exact(String name, String actual, String expected) {
        boolean same = actual.equals(expected);
        count(name, same, same ? "exact" : "differs: has " + shown(actual) + ", expected " + shown(expected));
    }

    private static String shown(String text) {
        String line = text.replace("\n", "\\n");
        return line.length() <= 120 ? line : line.substring(0, 120) + "…";
    }

    void failed(String name, String reason) {
        count(name, false, reason);
    }

    void passed(String name, String reason) {
        count(name, true, reason);
    }

    /** Work that makes cases; what it throws is a case that fails. */
    void guard(String name, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            failed(name, String.valueOf(e.getMessage()).replace('\n', ' '));
        }
    }

    private void count(String name, boolean pass, String detail) {
        if (pass) passed++;
        else failed++;
        lines.accept("%s  %s  %s".formatted(pass ? "pass" : "FAIL", name, detail));
    }

    int passed() {
        return passed;
    }

    int failed() {
        return failed;
    }
}
