package dev.thirteen.bench;

/** What a person who waits reads, on standard error. */
final class Progress {
    private Progress() {}

    static void say(String text) {
        System.err.println("bench: " + text);
    }
}
