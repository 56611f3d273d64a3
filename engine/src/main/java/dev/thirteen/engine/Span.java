package dev.thirteen.engine;

import org.jspecify.annotations.Nullable;

/**
 * Tokens of a pass that lie side by side: a whole sequence, a prompt that several share, or what follows such a prompt.
 *
 * @param policy number of the policy that computes it
 * @param before the prompt that it follows, whose keys and values it sees
 */
record Span(int[] tokens, int policy, @Nullable Span before) {
    int length() {
        return tokens.length;
    }

    /** Number of tokens before it: the position of its first token. */
    int start() {
        return before == null ? 0 : before.length();
    }
}
