package dev.thirteen.engine;

import java.util.Arrays;

/** A row that has ended; its keys and values stay for prompts that begin alike. */
final class KeptRow extends CacheRow {
    private final Policy policy;
    private int[] tokens;

    /** @param tokens whose keys and values the row holds */
    KeptRow(Policy policy, int[] tokens) {
        this.policy = policy;
        this.tokens = tokens;
    }

    Policy policy() {
        return policy;
    }

    /** Not to be changed. */
    int[] tokens() {
        return tokens;
    }

    /** Forgets what is longer. */
    void cut(int length) {
        if (length < tokens.length) tokens = Arrays.copyOf(tokens, length);
    }

    /** Whether the other one, of the same policy, is of no use beside this one. */
    boolean covers(KeptRow other) {
        if (!policy.equals(other.policy)) return false;
        int differ = Arrays.mismatch(tokens, other.tokens);
        return differ < 0 || differ == other.tokens.length;
    }

    @Override
    int held() {
        return tokens.length;
    }
}
