package dev.thirteen.engine.jinja;

import java.util.Iterator;

/** A Python iterator, such as the generator that {@code map} gives: it has no length and can be read once. */
record Once(String typeName, Iterator<Object> items) {
    static Once generator(Iterator<Object> items) {
        return new Once("generator", items);
    }
}
