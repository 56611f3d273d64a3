package dev.thirteen.engine.jinja;

import org.jspecify.annotations.Nullable;

/** What {@code namespace()} gives: the one value that a template may change. */
final class Namespace {
    private final Dict attributes = new Dict();

    Namespace(Dict attributes) {
        attributes.keys().forEach(Namespace::check);
        this.attributes.putAll(attributes);
    }

    Dict attributes() {
        return attributes;
    }

    @Nullable
    Object get(String name) {
        return attributes.get(name);
    }

    void set(String name, Object value) {
        check(name);
        attributes.put(name, value);
    }

    private static void check(Object name) {
        if (name instanceof String text && text.startsWith("_"))
            throw new Problem("Chat templates cannot store underscore-prefixed attributes on a namespace, but got "
                    + Quotes.of(text) + ". Please rename the attribute.");
    }
}
