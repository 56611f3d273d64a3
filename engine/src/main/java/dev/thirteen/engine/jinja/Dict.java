package dev.thirteen.engine.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's dict: in order of insertion, with 1, 1.0 and true as one key. */
final class Dict {
    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    private record Entry(Object key, Object value) {}

    static Dict of(Map<String, Object> values) {
        Dict dict = new Dict();
        values.forEach(dict::put);
        return dict;
    }

    void put(Object key, Object value) {
        Object hashed = hashed(key);
        Entry before = entries.get(hashed);
        entries.put(hashed, new Entry(before == null ? key : before.key(), value));
    }

    void putAll(Dict other) {
        other.entries.values().forEach(entry -> put(entry.key(), entry.value()));
    }

    /** The value of a key, null when there is none. */
    @Nullable
    Object get(Object key) {
        Entry entry = entries.get(hashed(key));
        return entry == null ? null : entry.value();
    }

    int size() {
        return entries.size();
    }

    List<Object> keys() {
        return new ArrayList<>(entries.values().stream().map(Entry::key).toList());
    }

    List<Object> values() {
        return new ArrayList<>(entries.values().stream().map(Entry::value).toList());
    }

    /** Pairs of key and value. */
    List<Object> items() {
        List<Object> items = new ArrayList<>();
        entries.values().forEach(entry -> items.add(Tuple.of(entry.key(), entry.value())));
        return items;
    }

    static boolean isHashable(Object key) {
        return switch (key) {
            case String text -> true;
            case Markup text -> true;
            case BigInteger number -> true;
            case Double number -> true;
            case Boolean truth -> true;
            case None none -> true;
            case Undefined undefined -> true;
            case Tuple tuple -> tuple.items().stream().allMatch(item -> !(item instanceof Tuple) && isHashable(item));
            default -> false;
        };
    }

    private static Object hashed(Object key) {
        if (!isHashable(key)) throw new Problem("unhashable type: '" + Types.name(key) + "'");
        return switch (key) {
            case Markup markup -> markup.text();
            case Boolean truth -> truth ? BigInteger.ONE : BigInteger.ZERO;
            case Double number when number % 1 == 0 -> new BigDecimal(number).toBigInteger();
            case Undefined undefined -> Undefined.class;
            case Tuple tuple -> tuple.items().stream().map(Dict::hashed).toList();
            default -> key;
        };
    }
}
