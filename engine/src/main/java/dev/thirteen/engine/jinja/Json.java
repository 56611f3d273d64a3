package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Python's json.dumps. */
final class Json {
    private final Budget budget;
    private final Style style;
    private final StringBuilder text = new StringBuilder();

    /**
     * How it is written.
     *
     * @param indent what one level is indented by; null for one line
     */
    record Style(boolean ascii, @Nullable String indent, String itemSeparator, String keySeparator, boolean sorted) {}

    private Json(Budget budget, Style style) {
        this.budget = budget;
        this.style = style;
    }

    static String of(Budget budget, Object value, Style style) {
        Json json = new Json(budget, style);
        json.write(value, 0);
        budget.text(json.text.length());
        return json.text.toString();
    }

    private void write(Object value, int level) {
        if (text.length() > Budget.TEXT) budget.text(text.length());
        switch (value) {
            case Range range -> throw notSerializable(range);
            case List<?> list -> list(list, level);
            case Tuple tuple -> list(tuple.items(), level);
            case Dict dict -> dict(dict, level);
            case String string -> string(string);
            case Markup markup -> string(markup.text());
            default -> text.append(scalar(value));
        }
    }

    private static String scalar(Object value) {
        return switch (value) {
            case None none -> "null";
            case Boolean truth -> truth ? "true" : "false";
            case BigInteger number -> Texts.integer(number);
            case Double number when number.isNaN() -> "NaN";
            case Double number when number.isInfinite() -> number > 0 ? "Infinity" : "-Infinity";
            case Double number -> Floats.repr(number);
            default -> throw notSerializable(value);
        };
    }

    private static Problem notSerializable(Object value) {
        return new Problem("Object of type " + Types.name(value) + " is not JSON serializable");
    }

    private void list(List<?> items, int level) {
        budget.enter();
        text.append('[');
        String separator = "";
        for (Object item : items) {
            text.append(separator);
            line(level + 1);
            write(item, level + 1);
            separator = style.itemSeparator();
        }
        if (!items.isEmpty()) line(level);
        text.append(']');
        budget.leave();
    }

    private void dict(Dict dict, int level) {
        budget.enter();
        text.append('{');
        String separator = "";
        Iterator<Object> items = (style.sorted() ? sorted(dict) : dict.items()).iterator();
        while (items.hasNext()) {
            Tuple item = (Tuple) items.next();
            text.append(separator);
            line(level + 1);
            Object key = item.items().getFirst();
            string(Types.isText(key) ? new Texts(budget).str(key) : key(key));
            text.append(style.keySeparator());
            write(item.items().getLast(), level + 1);
            separator = style.itemSeparator();
        }
        if (dict.size() > 0) line(level);
        text.append('}');
        budget.leave();
    }

    private static String key(Object key) {
        if (key instanceof Tuple || key instanceof Undefined)
            throw new Problem("keys must be str, int, float, bool or None, not " + Types.name(key));
        return scalar(key);
    }

    private List<Object> sorted(Dict dict) {
        Map<Object, Object> items = new TreeMap<>(new Comparisons(budget).order());
        dict.items().forEach(item -> items.put(((Tuple) item).items().getFirst(), item));
        return List.copyOf(items.values());
    }

    private void line(int level) {
        if (style.indent() == null) return;
        budget.text((long) style.indent().length() * level);
        text.append('\n').append(style.indent().repeat(level));
    }

    private void string(String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                default -> {
                    if (c < ' ' || style.ascii() && c > 0x7e) text.append("\\u%04x".formatted((int) c));
                    else text.append(c);
                }
            }
        }
        text.append('"');
    }
}
