package dev.thirteen.core.batch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A queue in which tenants take turns by what they ask for, and each one's own entries keep their order: start-time fair
 * queueing with equal weights (Goyal, Vin and Cheng, SIGCOMM 1996). An entry may begin when its tenant's entry before it would
 * have ended, were the tenant alone; the earliest beginning goes first. With one tenant it is first come, first served. Not
 * shared by threads.
 */
public final class FairQueue<E> {
    private record Waiting<E>(E entry, String tenant, double start) {}

    /** In the order in which they came. */
    private final List<Waiting<E>> waiting = new ArrayList<>();
    /** Virtual time at which all that a tenant asked for so far would have ended. */
    private final Map<String, Double> ends = new HashMap<>();
    /** Virtual time: the start of what was taken last. */
    private double now;

    /** @param cost what it takes of what they share, above 0 */
    public void add(String tenant, double cost, E entry) {
        double start = Math.max(now, ends.getOrDefault(tenant, 0.0));
        ends.put(tenant, start + cost);
        waiting.add(new Waiting<>(entry, tenant, start));
    }

    public boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** What goes next; there is one. */
    public E first() {
        return next().entry;
    }

    /** Takes what goes next; there is one. */
    public E removeFirst() {
        Waiting<E> next = next();
        waiting.remove(next);
        now = next.start;
        ends.values().removeIf(end -> end <= now);
        forget();
        return next.entry;
    }

    private Waiting<E> next() {
        // Of equals the one that came first.
        return waiting.stream().min(Comparator.comparingDouble(Waiting::start)).orElseThrow();
    }

    public void removeIf(Predicate<E> condition) {
        waiting.removeIf(one -> condition.test(one.entry));
        forget();
    }

    /** Puts other entries in the places of those that are there. */
    public void replaceAll(UnaryOperator<E> other) {
        waiting.replaceAll(one -> new Waiting<>(other.apply(one.entry), one.tenant, one.start));
    }

    public void clear() {
        waiting.clear();
        forget();
    }

    /** Where nobody waits, nobody has waited for another. */
    private void forget() {
        if (!waiting.isEmpty()) return;
        ends.clear();
        now = 0;
    }

    /** All entries in the order in which they came. */
    public Stream<E> stream() {
        return waiting.stream().map(Waiting::entry);
    }

    /** A tenant's entries in their order. */
    public Stream<E> of(String tenant) {
        return waiting.stream().filter(one -> one.tenant.equals(tenant)).map(Waiting::entry);
    }
}
