package dev.thirteen.engine.jinja;

import java.math.BigInteger;
import java.util.List;

/** What Python says of a value's type: its name, its truth, its length. */
final class Types {
    private Types() {}

    static String name(Object value) {
        return switch (value) {
            case String text -> "str";
            case Markup markup -> "Markup";
            case BigInteger number -> "int";
            case Double number -> "float";
            case Boolean truth -> "bool";
            case None none -> "NoneType";
            case Undefined undefined -> "Undefined";
            case Range range -> "range";
            case List<?> list -> "list";
            case Tuple tuple -> "tuple";
            case Dict dict -> "dict";
            case DictView view -> view.typeName();
            case Once once -> once.typeName();
            case Namespace namespace -> "Namespace";
            case Loop loop -> "LoopContext";
            case Callable callable -> callable.typeName();
            default -> throw new IllegalStateException(value.getClass().getName());
        };
    }

    static boolean truth(Object value) {
        return switch (value) {
            case Boolean truth -> truth;
            case BigInteger number -> number.signum() != 0;
            case Double number -> number != 0;
            case None none -> false;
            case String text -> !text.isEmpty();
            case Markup markup -> !markup.text().isEmpty();
            default -> !hasLength(value) || length(value) != 0;
        };
    }

    static boolean hasLength(Object value) {
        return switch (value) {
            case String text -> true;
            case Markup markup -> true;
            case Undefined undefined -> true;
            case List<?> list -> true;
            case Tuple tuple -> true;
            case Dict dict -> true;
            case DictView view -> true;
            case Loop loop -> true;
            default -> false;
        };
    }

    static int length(Object value) {
        return switch (value) {
            case String text -> text.codePointCount(0, text.length());
            case Markup markup -> length(markup.text());
            case Undefined undefined -> 0;
            case List<?> list -> list.size();
            case Tuple tuple -> tuple.items().size();
            case Dict dict -> dict.size();
            case DictView view -> view.dict().size();
            case Loop loop -> loop.length();
            default -> throw new Problem("object of type '" + name(value) + "' has no len()");
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof BigInteger || value instanceof Double || value instanceof Boolean;
    }

    static boolean isText(Object value) {
        return value instanceof String || value instanceof Markup;
    }

    /** Python's callable(). */
    static boolean isCallable(Object value) {
        return value instanceof Callable || value instanceof Loop || value instanceof Undefined;
    }

    static Problem expected(String what, Object got) {
        return new Problem("expected " + what + ", got '" + name(got) + "'");
    }
}
