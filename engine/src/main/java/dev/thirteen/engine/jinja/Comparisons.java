package dev.thirteen.engine.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's ==, &lt; and in. */
record Comparisons(Budget budget) {
    boolean equal(Object a, Object b) {
        if (Types.isText(a)) budget.read(a);
        if (a == b) return !(a instanceof Double number && number.isNaN());
        if (Types.isNumber(a) && Types.isNumber(b)) return numbers(a, b) == 0;
        if (Types.isText(a) && Types.isText(b)) return text(a).equals(text(b));
        return switch (a) {
            case Undefined left -> b instanceof Undefined;
            case Range left -> b instanceof Range right && sameItems(left, right);
            case List<?> left -> b instanceof List<?> right && !(b instanceof Range) && sameItems(left, right);
            case Tuple left -> b instanceof Tuple right && sameItems(left.items(), right.items());
            case Dict left -> b instanceof Dict right && sameEntries(left, right);
            case Method left -> left.equals(b);
            default -> false;
        };
    }

    private boolean sameItems(List<?> a, List<?> b) {
        if (a.size() != b.size()) return false;
        budget.enter();
        budget.items(a.size());
        Iterator<?> others = b.iterator();
        boolean same = true;
        for (Object item : a) if (!equal(item, others.next())) same = false;
        budget.leave();
        return same;
    }

    private boolean sameEntries(Dict a, Dict b) {
        if (a.size() != b.size()) return false;
        budget.enter();
        budget.read(a);
        boolean same = true;
        for (Object key : a.keys()) {
            Object left = a.get(key);
            Object right = b.get(key);
            if (left == null || right == null || !equal(left, right)) same = false;
        }
        budget.leave();
        return same;
    }

    /** Whether {@code a < b}, {@code <=}, {@code >} or {@code >=}. */
    boolean ordered(String operator, Object a, Object b) {
        if (a instanceof Double left && left.isNaN() || b instanceof Double right && right.isNaN()) return false;
        int order = compare(operator, a, b);
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /** The order in which Python sorts. */
    Comparator<Object> order() {
        return (a, b) -> compare("<", a, b);
    }

    private int compare(String operator, Object a, Object b) {
        budget.read(a);
        if (Types.isNumber(a) && Types.isNumber(b)) return numbers(a, b);
        if (Types.isText(a) && Types.isText(b)) return codePoints(text(a), text(b));
        if (isList(a) && isList(b)) return lists(operator, (List<?>) a, (List<?>) b);
        if (a instanceof Tuple left && b instanceof Tuple right) return lists(operator, left.items(), right.items());
        if (a instanceof Undefined undefined) throw undefined.problem();
        if (b instanceof Undefined undefined) throw undefined.problem();
        throw new Problem("'%s' not supported between instances of '%s' and '%s'"
                .formatted(operator, Types.name(a), Types.name(b)));
    }

    private static boolean isList(Object value) {
        return value instanceof List<?> && !(value instanceof Range);
    }

    private int lists(String operator, List<?> a, List<?> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            if (equal(a.get(i), b.get(i))) continue;
            budget.enter();
            int order = compare(operator, a.get(i), b.get(i));
            budget.leave();
            return order;
        }
        return Integer.compare(a.size(), b.size());
    }

    private static int numbers(Object a, Object b) {
        if (Numbers.isInteger(a) && Numbers.isInteger(b))
            return Numbers.integer(a).compareTo(Numbers.integer(b));
        @Nullable BigDecimal left = exact(a);
        @Nullable BigDecimal right = exact(b);
        if (left != null && right != null) return left.compareTo(right);
        return Double.isNaN(approximate(a)) || Double.isNaN(approximate(b))
                ? 1
                : Double.compare(approximate(a), approximate(b));
    }

    private static @Nullable BigDecimal exact(Object number) {
        if (!(number instanceof Double value)) return new BigDecimal(Numbers.integer(number));
        return Double.isFinite(value) ? new BigDecimal(value) : null;
    }

    private static double approximate(Object number) {
        return number instanceof Double value ? value : 0;
    }

    private static int codePoints(String a, String b) {
        return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
    }

    /** Python's {@code item in container}. */
    boolean contains(Object container, Object item) {
        if (!(container instanceof Dict)) budget.read(container);
        return switch (container) {
            case String text -> containsText(text, item);
            case Markup markup -> containsText(markup.text(), item);
            case Dict dict -> dict.get(item) != null;
            case DictView(DictView.Part part, Dict dict) when part == DictView.Part.KEYS -> dict.get(item) != null;
            default -> {
                Iterator<Object> items = Iteration.of(container);
                while (items.hasNext()) {
                    budget.spend(1);
                    Object other = items.next();
                    if (other == item || equal(other, item)) yield true;
                }
                yield false;
            }
        };
    }

    private static boolean containsText(String text, Object item) {
        if (!Types.isText(item))
            throw new Problem("'in <string>' requires string as left operand, not " + Types.name(item));
        return text.contains(text(item));
    }

    private static String text(Object text) {
        return text instanceof Markup markup ? markup.text() : (String) text;
    }

    static boolean isSmall(BigInteger number) {
        return number.bitLength() < 9 && number.intValue() >= -5 && number.intValue() <= 256;
    }
}
