package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code loop} variable; it reads its items only as far as it is asked. */
final class Loop {
    private Iterator<Object> items;
    private int length;
    private int index0 = -1;
    private @Nullable Object before;
    private @Nullable Object current;
    private @Nullable Object after;
    private @Nullable List<Object> lastChanged;

    /** A loop over items; their count is -1 when it is not known. */
    Loop(Iterator<Object> items, int length) {
        this.items = items;
        this.length = length;
    }

    /** Goes to the next item; false when there is none. */
    boolean advance() {
        Object next = peek();
        if (next == null) return false;
        after = null;
        index0++;
        before = current;
        current = next;
        return true;
    }

    Object current() {
        if (current == null) throw new IllegalStateException("the loop has not begun");
        return current;
    }

    private @Nullable Object peek() {
        if (after == null && items.hasNext()) after = items.next();
        return after;
    }

    int length() {
        if (length >= 0) return length;
        List<Object> rest = new ArrayList<>();
        items.forEachRemaining(rest::add);
        items = rest.iterator();
        length = rest.size() + index0 + 1 + (after == null ? 0 : 1);
        return length;
    }

    /** An attribute; null when there is none of that name. */
    @Nullable
    Object attribute(String name) {
        return switch (name) {
            case "index" -> BigInteger.valueOf(index0 + 1L);
            case "index0" -> BigInteger.valueOf(index0);
            case "revindex" -> BigInteger.valueOf((long) length() - index0);
            case "revindex0" -> BigInteger.valueOf(length() - index0 - 1L);
            case "first" -> index0 == 0;
            case "last" -> peek() == null;
            case "length" -> BigInteger.valueOf(length());
            case "depth" -> BigInteger.ONE;
            case "depth0" -> BigInteger.ZERO;
            case "previtem" -> before == null ? new Undefined("there is no previous item") : before;
            case "nextitem" -> {
                Object next = peek();
                yield next == null ? new Undefined("there is no next item") : next;
            }
            case "cycle" -> (Callable) (rendering, arguments) -> cycle(arguments);
            case "changed" -> (Callable) (rendering, arguments) -> changed(rendering, arguments);
            default -> null;
        };
    }

    private Object cycle(Arguments arguments) {
        List<Object> values = arguments.positional();
        if (values.isEmpty() || !arguments.named().isEmpty()) throw new Problem("no items for cycling given");
        return values.get(index0 % values.size());
    }

    private boolean changed(Rendering rendering, Arguments arguments) {
        List<Object> values = arguments.positional();
        boolean same = lastChanged != null && rendering.comparisons().equal(lastChanged, values);
        lastChanged = values;
        return !same;
    }

    @Override
    public String toString() {
        return "<LoopContext " + (index0 + 1) + "/" + length() + ">";
    }
}
