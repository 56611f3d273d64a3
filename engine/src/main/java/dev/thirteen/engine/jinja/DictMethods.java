package dev.thirteen.engine.jinja;

/** The methods of dict that the sandbox allows. */
final class DictMethods {
    private DictMethods() {}

    static Object call(Dict dict, String name, Arguments arguments) {
        if (name.equals("get")) {
            Arguments.Bound bound = arguments.positionalOnly("get", "key", "default?");
            Object value = dict.get(bound.get(0));
            return value != null ? value : bound.or(1, None.NONE);
        }
        arguments.positionalOnly(name);
        return switch (name) {
            case "items" -> new DictView(DictView.Part.ITEMS, dict);
            case "keys" -> new DictView(DictView.Part.KEYS, dict);
            case "values" -> new DictView(DictView.Part.VALUES, dict);
            default -> {
                Dict copy = new Dict();
                copy.putAll(dict);
                yield copy;
            }
        };
    }
}
