package dev.thirteen.rollout;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What was made and may be asked for again. The least recently used go when there are too many or they are too large, but never
 * the last one; they are not closed, since a running row may use them. Shared by threads.
 */
final class RecentlyUsed<K, V> {
    private final int most;
    private final long mostSize;
    private final ToLongFunction<V> size;
    /** Least recently used first. */
    private final SequencedMap<K, V> kept = new LinkedHashMap<>();

    /** @param size of one, in the unit of {@code mostSize} */
    RecentlyUsed(int most, long mostSize, ToLongFunction<V> size) {
        this.most = most;
        this.mostSize = mostSize;
        this.size = size;
    }

    /** The one kept under a key, or else the one that is made now, while others wait. */
    synchronized V get(K key, Supplier<V> made) {
        V value = kept.remove(key);
        if (value == null) value = made.get();
        kept.putLast(key, value);
        for (K oldest : new ArrayList<>(kept.keySet())) {
            if (kept.size() == 1 || (kept.size() <= most && sizes() <= mostSize)) break;
            kept.remove(oldest);
        }
        return value;
    }

    private long sizes() {
        return kept.values().stream().mapToLong(size).sum();
    }
}
