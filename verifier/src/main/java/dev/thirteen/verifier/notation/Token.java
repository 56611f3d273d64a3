package dev.thirteen.verifier.notation;

/**
 * A piece of notation.
 *
 * @param text a number without separators, a name, a symbol, or words
 * @param spaced whether white space stood before it
 */
record Token(Kind kind, String text, boolean spaced) {
    enum Kind {
        NUMBER,
        LETTERS,
        COMMAND,
        SYMBOL,
        WORDS,
        END
    }

    static final Token END = new Token(Kind.END, "", false);

    boolean is(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    boolean isCommand(String name) {
        return kind == Kind.COMMAND && text.equals(name);
    }

    boolean is(Kind other) {
        return kind == other;
    }
}
