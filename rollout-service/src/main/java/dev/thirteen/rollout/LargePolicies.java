package dev.thirteen.rollout;

import dev.thirteen.engine.Policy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Supplier;

/**
 * Policies whose values are too long for a message, kept so that a call does not read millions of numbers again. The least
 * recently used ones go when there are too many. Shared by threads.
 */
final class LargePolicies {
    private static final int MAX_POLICIES = 64;
    private static final long MAX_NUMBERS = 64L << 20;

    private record Key(String baseDigest, String adapterDigest) {}

    /** Least recently used first. */
    private final SequencedMap<Key, Policy> policies = new LinkedHashMap<>();

    /** The policy kept under these digests, or else the one that is made now, while others wait. */
    synchronized Policy get(String baseDigest, String adapterDigest, Supplier<Policy> made) {
        Key key = new Key(baseDigest, adapterDigest);
        Policy policy = policies.remove(key);
        if (policy == null) policy = made.get();
        policies.putLast(key, policy);
        for (Key oldest : new ArrayList<>(policies.keySet())) {
            // Not closed: a running row may use it.
            if (policies.size() == 1 || (policies.size() <= MAX_POLICIES && numbers() <= MAX_NUMBERS)) break;
            policies.remove(oldest);
        }
        return policy;
    }

    private long numbers() {
        return policies.values().stream()
                .mapToLong(policy -> policy.values().length)
                .sum();
    }
}
