package dev.thirteen.engine.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's iteration. */
final class Iteration {
    private Iteration() {}

    static boolean isIterable(Object value) {
        return iterator(value) != null;
    }

    static Iterator<Object> of(Object value) {
        Iterator<Object> iterator = iterator(value);
        if (iterator == null) throw new Problem("'" + Types.name(value) + "' object is not iterable");
        return iterator;
    }

    private static @Nullable Iterator<Object> iterator(Object value) {
        return switch (value) {
            case String text -> characters(text);
            case Markup markup -> characters(markup.text());
            case List<?> list -> Collections.<Object>unmodifiableList(list).iterator();
            case Tuple tuple -> tuple.items().iterator();
            case Dict dict -> dict.keys().iterator();
            case DictView view -> view.list().iterator();
            case Once once -> once.items();
            case Undefined undefined -> List.of().iterator();
            default -> null;
        };
    }

    private static Iterator<Object> characters(String text) {
        return text.codePoints().mapToObj(c -> (Object) Character.toString(c)).iterator();
    }

    static List<Object> list(Object value, Budget budget) {
        Iterator<Object> items = of(value);
        List<Object> list = new ArrayList<>();
        while (items.hasNext()) {
            list.add(items.next());
            if (list.size() > Budget.ITEMS) budget.items(list.size());
        }
        budget.items(list.size());
        return list;
    }
}
