package dev.thirteen.core.run;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Knows, for each partition, the offset below which every record was used or dropped by a committed step. Only that offset
 * may be committed: what lies above is read again after a restart. Used by one thread.
 *
 * @param <P> names a partition
 * @param <O> names what holds a record back, for example a step of a run
 */
public final class OffsetLedger<P, O> {
    private final Map<P, Long> positions = new HashMap<>();
    private final Map<P, TreeMap<Long, O>> held = new HashMap<>();

    /** A record was read; unless it is held too, it needs no second reading. */
    public void read(P partition, long offset) {
        positions.merge(partition, offset + 1, Math::max);
    }

    /** A record that was read may not be passed until its owner is settled. */
    public void hold(P partition, long offset, O owner) {
        read(partition, offset);
        held.computeIfAbsent(partition, _ -> new TreeMap<>()).put(offset, owner);
    }

    /** One record is not needed after all. */
    public void release(P partition, long offset) {
        TreeMap<Long, O> offsets = held.get(partition);
        if (offsets != null) offsets.remove(offset);
    }

    /** Everything of this owner is used or dropped. */
    public void settle(O owner) {
        for (TreeMap<Long, O> offsets : held.values()) offsets.values().removeIf(owner::equals);
    }

    /**
     * The next offset to read after a restart, for every partition of which something was read, as it will be when
     * everything of these owners is settled.
     */
    public Map<P, Long> committable(Predicate<O> settled) {
        Map<P, Long> offsets = new HashMap<>(positions);
        held.forEach((partition, records) -> records.entrySet().stream()
                .filter(record -> !settled.test(record.getValue()))
                .findFirst()
                .ifPresent(record -> offsets.put(partition, record.getKey())));
        return offsets;
    }
}
