package dev.thirteen.engine.jinja;

/**
 * A value that is not there: false, empty, and an error for whoever does more with it.
 *
 * @param reason what is said then
 */
record Undefined(String reason) {
    static Undefined variable(String name) {
        return new Undefined(Quotes.of(name) + " is undefined");
    }

    static Undefined attribute(Object owner, String name) {
        return new Undefined(Quotes.of(description(owner)) + " has no attribute " + Quotes.of(name));
    }

    static Undefined element(Object owner, String key) {
        return new Undefined(description(owner) + " has no element " + key);
    }

    static Undefined unsafe(Object owner, String name) {
        return new Undefined("access to attribute %s of %s object is unsafe."
                .formatted(Quotes.of(name), Quotes.of(Types.name(owner))));
    }

    Problem problem() {
        return new Problem(reason);
    }

    private static String description(Object owner) {
        return owner == None.NONE ? "None" : Types.name(owner) + " object";
    }
}
