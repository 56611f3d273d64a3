package dev.thirteen.engine.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attributes, subscripts and slices, as the sandbox allows them. */
record Access(Rendering rendering) {
    /** {@code owner.name}: an attribute, else an item. */
    Object attribute(Object owner, String name) {
        if (owner instanceof Undefined undefined) throw undefined.problem();
        Object attribute = ownAttribute(owner, name);
        if (attribute != null) return attribute;
        Object item = owner instanceof Dict dict ? dict.get(name) : null;
        return item != null ? item : Undefined.attribute(owner, name);
    }

    /** {@code owner[key]}: an item, else an attribute. */
    Object item(Object owner, Object key) {
        if (Types.isText(owner)) rendering.budget().read(owner);
        Object item = itemOnly(owner, key);
        if (item != null) return item;
        if (!(Types.isText(key)))
            return Undefined.element(owner, rendering.texts().repr(key));
        String name = rendering.texts().str(key);
        Object attribute = ownAttribute(owner, name);
        return attribute != null ? attribute : Undefined.attribute(owner, name);
    }

    private @Nullable Object itemOnly(Object owner, Object key) {
        return switch (owner) {
            case Undefined undefined -> throw undefined.problem();
            case Dict dict -> Dict.isHashable(key) ? dict.get(key) : null;
            case String text -> Numbers.isInteger(key) ? character(text, key) : null;
            case Markup markup -> markup(itemOnly(markup.text(), key));
            case List<?> list -> Numbers.isInteger(key) ? element(list, key) : null;
            case Tuple tuple -> Numbers.isInteger(key) ? element(tuple.items(), key) : null;
            default -> null;
        };
    }

    private static @Nullable Markup markup(@Nullable Object character) {
        return character == null ? null : new Markup((String) character);
    }

    private static @Nullable Object element(List<?> list, Object key) {
        int index = Numbers.position(key);
        if (index < 0) index += list.size();
        return index < 0 || index >= list.size() ? null : list.get(index);
    }

    private static @Nullable Object character(String text, Object key) {
        int length = Types.length(text);
        int index = Numbers.position(key);
        if (index < 0) index += length;
        return index < 0 || index >= length ? null : Slices.substring(text, index, index + 1);
    }

    /** What getattr gives; null when there is no such attribute. */
    @Nullable
    Object ownAttribute(Object owner, String name) {
        if (name.startsWith("__")) {
            boolean item = owner instanceof Dict dict && dict.get(name) != null;
            return item ? null : Undefined.unsafe(owner, name);
        }
        return switch (owner) {
            case Namespace namespace -> namespace.get(name);
            case Loop loop -> loop.attribute(name);
            case Macro macro -> macro.attribute(name);
            case Tuple tuple when tuple.attribute(name) != null -> tuple.attribute(name);
            default -> method(owner, name);
        };
    }

    private static @Nullable Object method(Object owner, String name) {
        return switch (Methods.kind(owner, name)) {
            case NONE -> null;
            case MUTATING -> Undefined.unsafe(owner, name);
            case SUPPORTED -> new Method(owner, name);
            case REFUSED ->
                throw new Problem("the attribute '%s' of %s is not supported".formatted(name, Types.name(owner)));
        };
    }

    /** {@code owner[start:stop:step]}; None stands for what is left out. */
    Object slice(Object owner, Object start, Object stop, Object step) {
        rendering.budget().read(owner);
        return switch (owner) {
            case Undefined undefined -> throw undefined.problem();
            case String text -> Slices.of(text, start, stop, step);
            case Markup markup -> new Markup(Slices.of(markup.text(), start, stop, step));
            case Range range -> throw new Problem("slices of range() are not supported");
            case List<?> list -> items(list, start, stop, step);
            case Tuple tuple -> new Tuple(items(tuple.items(), start, stop, step));
            default -> throw new Problem("'" + Types.name(owner) + "' object is not subscriptable by a slice");
        };
    }

    private List<Object> items(List<?> list, Object start, Object stop, Object step) {
        rendering.budget().items(list.size());
        List<Object> items = new ArrayList<>();
        Slices.indices(list.size(), start, stop, step).forEach(index -> items.add(list.get(index)));
        return items;
    }
}
