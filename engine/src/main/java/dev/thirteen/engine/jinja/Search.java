package dev.thirteen.engine.jinja;

import java.math.BigInteger;

/** Searches a part of a text; positions count code points. */
final class Search {
    private final String part;
    private final int start;
    private final boolean inside;
    private final Object wanted;

    /** Arguments as Python's find takes them: what, start, end. */
    Search(String text, Arguments.Bound bound) {
        int length = Types.length(text);
        int from = bound.hasValue(1) ? position(bound.get(1), length) : 0;
        int to = bound.hasValue(2) ? Math.min(position(bound.get(2), length), length) : length;
        this.wanted = bound.get(0);
        this.start = from;
        this.inside = from <= to;
        this.part = inside ? Slices.substring(text, from, to) : "";
    }

    private static int position(Object value, int length) {
        int position = Numbers.position(value);
        return position < 0 ? Math.max(0, position + length) : position;
    }

    boolean startsWith(String other) {
        return inside && part.startsWith(other);
    }

    boolean endsWith(String other) {
        return inside && part.endsWith(other);
    }

    /** find, rfind, index, rindex or count. */
    BigInteger call(String name) {
        String other = switch (wanted) {
            case String text -> text;
            case Markup markup -> markup.text();
            default -> throw new Problem("must be str, not " + Types.name(wanted));
        };
        if (name.equals("count")) return BigInteger.valueOf(inside ? count(other) : 0);
        int found = inside ? (name.startsWith("r") ? part.lastIndexOf(other) : part.indexOf(other)) : -1;
        if (found < 0 && name.endsWith("index")) throw new Problem("substring not found");
        return BigInteger.valueOf(found < 0 ? -1 : (long) start + part.codePointCount(0, found));
    }

    private long count(String other) {
        if (other.isEmpty()) return Types.length(part) + 1L;
        long count = 0;
        for (int at = part.indexOf(other); at >= 0; at = part.indexOf(other, at + other.length())) count++;
        return count;
    }
}
