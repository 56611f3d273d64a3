package dev.thirteen.verifier.notation;

/** Whether names mean something. */
public final class Names {
    private Names() {}

    /** Whether it is a function that everybody knows, as sin. */
    public static boolean isFunction(String name) {
        return Vocabulary.FUNCTIONS.contains(name);
    }

    /** What a word such as "million" multiplies by; 1 for any other. */
    public static long scale(String word) {
        return NumberWords.scale(word).orElse(1L);
    }

    /** One name for a unit however it is spelled; empty for what is none. */
    public static String unit(String words) {
        String word = words.strip();
        if (word.endsWith(".")) word = word.substring(0, word.length() - 1);
        String name = WordReader.unit(word);
        return name == null ? "" : name;
    }
}
