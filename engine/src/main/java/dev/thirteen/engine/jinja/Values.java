package dev.thirteen.engine.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Java's maps, lists, texts and numbers as the values of a template. */
final class Values {
    private Values() {}

    static Object of(@Nullable Object value, Budget budget) {
        return switch (value) {
            case null -> None.NONE;
            case String text -> text;
            case Boolean truth -> truth;
            case BigInteger number -> number;
            case BigDecimal number -> number.doubleValue();
            case Double number -> number;
            case Float number -> number.doubleValue();
            case Number number -> BigInteger.valueOf(number.longValue());
            case List<?> list -> list(list, budget);
            case Map<?, ?> map -> dict(map, budget);
            default ->
                throw new Problem(
                        "no value for a template: a " + value.getClass().getSimpleName());
        };
    }

    private static List<Object> list(List<?> list, Budget budget) {
        budget.enter();
        List<Object> values = new ArrayList<>();
        for (Object item : list) values.add(of(item, budget));
        budget.leave();
        return values;
    }

    private static Dict dict(Map<?, ?> map, Budget budget) {
        budget.enter();
        Dict dict = new Dict();
        map.forEach((key, value) -> dict.put(of(key, budget), of(value, budget)));
        budget.leave();
        return dict;
    }
}
