package dev.thirteen.engine.jinja;

/** What a template can call. */
interface Callable {
    Object call(Rendering rendering, Arguments arguments);

    /** The name of its Python type. */
    default String typeName() {
        return "function";
    }
}
