package dev.thirteen.engine.jinja;

/** What {@code joiner()} gives: nothing when it is called first, then the separator. */
final class Joiner implements Callable {
    private final Object separator;
    private boolean used;

    Joiner(Object separator) {
        this.separator = separator;
    }

    @Override
    public Object call(Rendering rendering, Arguments arguments) {
        arguments.bind("__call__");
        if (used) return separator;
        used = true;
        return "";
    }

    @Override
    public String typeName() {
        return "Joiner";
    }
}
