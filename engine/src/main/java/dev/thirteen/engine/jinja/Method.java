package dev.thirteen.engine.jinja;

import java.util.List;

/** A method bound to its owner. */
record Method(Object owner, String name) implements Callable {
    @Override
    public Object call(Rendering rendering, Arguments arguments) {
        rendering.budget().read(owner);
        return switch (owner) {
            case String text -> new StringMethods(rendering, text).call(name, arguments);
            case Dict dict -> DictMethods.call(dict, name, arguments);
            case List<?> list -> ListMethods.call(rendering, list, name, arguments);
            case Tuple tuple -> ListMethods.call(rendering, tuple.items(), name, arguments);
            default -> throw new IllegalStateException(Types.name(owner));
        };
    }

    @Override
    public String typeName() {
        return "builtin_function_or_method";
    }
}
