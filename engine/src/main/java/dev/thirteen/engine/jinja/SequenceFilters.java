package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/** Filters of lists and dicts. */
record SequenceFilters(Rendering rendering, Object value) {
    private record Keyed(Object key, Object item) {}

    Object apply(String name, Arguments arguments) {
        return switch (name) {
            case "batch" -> batches(arguments.bind(name, "linecount", "fill_with?"));
            case "slice" -> slices(arguments.bind(name, "slices", "fill_with?"));
            case "dictsort" -> dictSorted(arguments.bind(name, "case_sensitive?", "by?", "reverse?"));
            case "groupby" -> groups(arguments.bind(name, "attribute", "default?", "case_sensitive?"));
            case "join" -> joined(arguments.bind(name, "d?", "attribute?"));
            case "max", "min" -> extreme(name, arguments.bind(name, "case_sensitive?", "attribute?"));
            case "sort" -> sorted(arguments.bind(name, "reverse?", "case_sensitive?", "attribute?"));
            case "sum" -> sum(arguments.bind(name, "attribute?", "start?"));
            case "unique" -> unique(arguments.bind(name, "case_sensitive?", "attribute?"));
            default -> {
                arguments.bind(name);
                yield plain(name);
            }
        };
    }

    private Object plain(String name) {
        return switch (name) {
            case "first" -> {
                Iterator<Object> items = Iteration.of(value);
                yield items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
            }
            case "last" -> {
                if (value instanceof Once) throw new Problem("'" + Types.name(value) + "' object is not reversible");
                List<Object> items = list();
                yield items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.getLast();
            }
            case "items" -> items();
            case "list" -> list();
            case "reverse" -> reversed();
            default -> throw new IllegalStateException(name);
        };
    }

    private List<Object> list() {
        return Iteration.list(value, rendering.budget());
    }

    private Object items() {
        if (value instanceof Undefined) return Once.generator(Collections.emptyIterator());
        if (value instanceof Dict dict) return Once.generator(dict.items().iterator());
        throw new Problem("Can only get item pairs from a mapping.");
    }

    private Object reversed() {
        BigInteger back = BigInteger.ONE.negate();
        if (Types.isText(value)) return rendering.access().slice(value, None.NONE, None.NONE, back);
        List<Object> items = list();
        Collections.reverse(items);
        return value instanceof Once ? items : new Once("reversed", items.iterator());
    }

    private Object batches(Arguments.Bound bound) {
        int size = Numbers.position(bound.get(0));
        List<Object> batches = new ArrayList<>();
        List<Object> batch = new ArrayList<>();
        for (Object item : list()) {
            // Never equal for a size below one, except that the first batch may be empty.
            if (batch.size() == size) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (batch.isEmpty()) return Once.generator(batches.iterator());
        if (bound.hasValue(1)) fill(batch, size, bound.get(1));
        batches.add(batch);
        return Once.generator(batches.iterator());
    }

    private void fill(List<Object> batch, int size, Object with) {
        rendering.budget().items(size);
        while (batch.size() < size) batch.add(with);
    }

    private Object slices(Arguments.Bound bound) {
        List<Object> items = list();
        int count = Numbers.position(bound.get(0));
        if (count == 0) throw new Problem("integer division or modulo by zero");
        rendering.budget().items(Math.max(0, count));
        List<Object> slices = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < count; i++) {
            boolean longer = i < items.size() % count;
            int end = start + items.size() / count + (longer ? 1 : 0);
            List<Object> slice = new ArrayList<>(items.subList(start, end));
            if (bound.hasValue(1) && !longer) slice.add(bound.get(1));
            slices.add(slice);
            start = end;
        }
        return Once.generator(slices.iterator());
    }

    private Object dictSorted(Arguments.Bound bound) {
        if (value instanceof Undefined undefined) throw undefined.problem();
        if (!(value instanceof Dict dict)) throw Types.expected("dict", value);
        String by = rendering.texts().str(bound.or(1, "key"));
        if (!by.equals("key") && !by.equals("value"))
            throw new Problem("You can only sort by either \"key\" or \"value\"");
        BigInteger index = by.equals("key") ? BigInteger.ZERO : BigInteger.ONE;
        return sorted(dict.items(), AttributePath.of(rendering, index, !bound.truth(0)), reverse(bound, 2)).stream()
                .map(Keyed::item)
                .toList();
    }

    private List<Keyed> sorted(List<Object> items, AttributePath path, boolean reverse) {
        List<Keyed> keyed = new ArrayList<>();
        for (Object item : items) keyed.add(new Keyed(path.of(item), item));
        sort(keyed, reverse);
        return keyed;
    }

    // Python takes an integer here, not just any value for its truth.
    private static boolean reverse(Arguments.Bound bound, int index) {
        return Numbers.integer(bound.or(index, false)).signum() != 0;
    }

    private void sort(List<Keyed> keyed, boolean reverse) {
        Comparator<Keyed> order =
                Comparator.comparing(Keyed::key, rendering.comparisons().order());
        try {
            keyed.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException e) {
            throw new Problem("values without an order cannot be sorted");
        }
    }

    private Object groups(Arguments.Bound bound) {
        Object attribute = bound.get(0);
        Object otherwise = bound.or(1, None.NONE);
        AttributePath path = AttributePath.of(rendering, attribute, otherwise, !bound.truth(2));
        AttributePath shown = AttributePath.of(rendering, attribute, otherwise, false);
        List<Object> groups = new ArrayList<>();
        List<Object> group = new ArrayList<>();
        Object key = None.NONE;
        for (Keyed keyed : sorted(list(), path, false)) {
            if (group.isEmpty() || !rendering.comparisons().equal(key, keyed.key())) {
                group = new ArrayList<>();
                groups.add(new Tuple(List.of(shown.of(keyed.item()), group), List.of("grouper", "list")));
            }
            key = keyed.key();
            group.add(keyed.item());
        }
        return groups;
    }

    private Object sorted(Arguments.Bound bound) {
        Object attribute = bound.or(2, None.NONE);
        boolean ignoreCase = !bound.truth(1);
        List<AttributePath> paths = new ArrayList<>();
        if (attribute instanceof String text) {
            for (String part : text.split(",", -1)) paths.add(AttributePath.of(rendering, part, ignoreCase));
        } else {
            paths.add(AttributePath.of(rendering, attribute, ignoreCase));
        }
        List<Keyed> keyed = new ArrayList<>();
        for (Object item : list())
            keyed.add(new Keyed(paths.stream().map(path -> path.of(item)).toList(), item));
        sort(keyed, reverse(bound, 0));
        return new ArrayList<>(keyed.stream().map(Keyed::item).toList());
    }

    private String joined(Arguments.Bound bound) {
        AttributePath path = AttributePath.of(rendering, bound.or(1, None.NONE), false);
        String separator = rendering.texts().str(bound.or(0, ""));
        StringBuilder joined = new StringBuilder();
        Iterator<Object> items = Iteration.of(value);
        while (items.hasNext()) {
            joined.append(rendering.texts().str(path.of(items.next())));
            if (items.hasNext()) joined.append(separator);
            if (joined.length() > Budget.TEXT) rendering.budget().text(joined.length());
        }
        rendering.budget().text(joined.length());
        return joined.toString();
    }

    private Object extreme(String name, Arguments.Bound bound) {
        AttributePath path = AttributePath.of(rendering, bound.or(1, None.NONE), !bound.truth(0));
        List<Object> items = list();
        if (items.isEmpty()) return new Undefined("No aggregated item, sequence was empty.");
        Object best = items.getFirst();
        String operator = name.equals("min") ? "<" : ">";
        for (Object item : items.subList(1, items.size()))
            if (rendering.comparisons().ordered(operator, path.of(item), path.of(best))) best = item;
        return best;
    }

    private Object sum(Arguments.Bound bound) {
        AttributePath path = AttributePath.of(rendering, bound.or(0, None.NONE), false);
        Object sum = bound.or(1, BigInteger.ZERO);
        if (Types.isText(sum)) throw new Problem("sum() can't sum strings");
        Arithmetic arithmetic = new Arithmetic(rendering);
        for (Object item : list()) sum = arithmetic.apply("+", sum, path.of(item));
        return sum;
    }

    private Object unique(Arguments.Bound bound) {
        AttributePath path = AttributePath.of(rendering, bound.or(1, None.NONE), !bound.truth(0));
        Dict first = new Dict();
        for (Object item : list()) if (first.get(path.of(item)) == null) first.put(path.of(item), item);
        return Once.generator(first.values().iterator());
    }
}
