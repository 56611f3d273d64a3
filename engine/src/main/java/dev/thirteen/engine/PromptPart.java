package dev.thirteen.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a beginning.
 *
 * @param from first token to compute
 * @param to token after the last one
 */
record PromptPart(PromptFill fill, int from, int to) {
    int tokens() {
        return to - from;
    }

    /** The same in parts whose tokens times what they attend to are at most this many, or one token. */
    List<PromptPart> pieces(int mostTokens, long mostCells) {
        List<PromptPart> pieces = new ArrayList<>();
        for (int at = from; at < to; ) {
            int end = Math.toIntExact(Math.min(to, at + Math.clamp(mostCells / to, 1, mostTokens)));
            pieces.add(new PromptPart(fill, at, end));
            at = end;
        }
        return pieces;
    }
}
