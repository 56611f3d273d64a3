package dev.thirteen.engine;

import java.util.Arrays;

/**
 * Turns a growing list of tokens into pieces of text that never cut a character: a token may hold only some bytes of one.
 * The pieces put together are the text of all tokens.
 */
public final class TextPieces {
    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    /** From one piece back on, because a tokenizer may write a token differently at a text's start. */
    private int[] ids = new int[0];
    /** Tokens whose text is out as a whole. */
    private int whole;
    /** Characters of the text of the ids that are out. */
    private int out;

    public TextPieces(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Text that the token completes; empty while a character is incomplete. */
    public String add(int id) {
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = id;
        String text = tokenizer.decode(ids, true);
        int complete = text.length();
        while (complete > 0 && text.charAt(complete - 1) == INCOMPLETE) complete--;
        String piece = release(text, complete);
        if (complete == text.length() && !piece.isEmpty()) forgetWhatIsOut();
        return piece;
    }

    /** What is left at the end, incomplete or not. */
    public String rest() {
        String text = tokenizer.decode(ids, true);
        return release(text, text.length());
    }

    private String release(String text, int end) {
        String piece = end > out ? text.substring(out, end) : "";
        out = Math.max(out, end);
        return piece;
    }

    private void forgetWhatIsOut() {
        ids = Arrays.copyOfRange(ids, whole, ids.length);
        whole = ids.length;
        out = tokenizer.decode(ids, true).length();
    }
}
