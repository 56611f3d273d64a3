package dev.thirteen.rollout;

import dev.thirteen.engine.Tokenizer;
import java.util.Arrays;

/**
 * Turns a growing list of tokens into pieces of text that never cut a character: a token may hold only some bytes of one.
 * The pieces put together are the text of all tokens.
 */
final class TextPieces {
    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private int[] ids = new int[0];
    /** Decoding starts here, one piece back, because a tokenizer may write a token differently at a text's start. */
    private int start;
    /** Tokens before this one are out. */
    private int out;

    TextPieces(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Text that the token completes; empty while a character is incomplete. */
    String add(int id) {
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = id;
        String text = text(ids.length);
        if (text.isEmpty() || text.charAt(text.length() - 1) == INCOMPLETE) return "";
        return release(text);
    }

    /** What is left at the end, incomplete or not. */
    String rest() {
        return release(text(ids.length));
    }

    private String release(String text) {
        String before = text(out);
        start = out;
        out = ids.length;
        return text.length() > before.length() ? text.substring(before.length()) : "";
    }

    private String text(int end) {
        return tokenizer.decode(Arrays.copyOfRange(ids, start, end), true);
    }
}
