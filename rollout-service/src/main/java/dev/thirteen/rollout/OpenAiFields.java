package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The fields of one JSON object, each taken once. What nobody has taken is refused by name at the end, so that no wish of
 * a client is overlooked. A null is as good as no field.
 */
final class OpenAiFields {
    private final String path;
    private final Map<String, JsonNode> left = new LinkedHashMap<>();

    private OpenAiFields(String path, ObjectNode object) {
        this.path = path;
        // Not a deep copy: a prompt of token ids is large.
        object.properties().forEach(field -> left.put(field.getKey(), field.getValue()));
    }

    /** @param path of the object, with what joins it to a field's name; empty for the body of a request */
    static OpenAiFields of(String path, JsonNode node) {
        if (node instanceof ObjectNode object) return new OpenAiFields(path, object);
        if (path.isEmpty()) throw new Failure(Failure.Kind.CALLER, "the body must be a JSON object");
        throw GenerationWire.field(path.substring(0, path.length() - 1), "must be an object");
    }

    /** The fields of an object within this one; {@code name} is where it stands. */
    OpenAiFields inner(String name, JsonNode node) {
        return of(path + name + ".", node);
    }

    /** The field's value; a missing node where it is not set. */
    JsonNode take(String name) {
        JsonNode value = left.remove(name);
        return value == null || value.isNull() ? MissingNode.getInstance() : value;
    }

    boolean flag(String name) {
        JsonNode value = take(name);
        if (!value.isMissingNode() && !value.isBoolean()) throw wrong(name, "must be true or false");
        return value.booleanValue();
    }

    String text(String name, String otherwise) {
        JsonNode value = take(name);
        if (value.isMissingNode()) return otherwise;
        if (!value.isTextual()) throw wrong(name, "must be a string");
        return characters(name, value);
    }

    /** A text of the field. Half of a surrogate pair, which JSON can write, would become a '?' on its way. */
    String characters(String name, JsonNode text) {
        String characters = text.textValue();
        boolean half = characters.codePoints().anyMatch(one -> Character.getType(one) == Character.SURROGATE);
        if (half) throw wrong(name, "has half of a surrogate pair, which is no character");
        return characters;
    }

    /** A number above {@code lowest}, or as large where that is allowed. */
    float number(String name, float otherwise, float lowest, boolean allowed) {
        JsonNode value = take(name);
        if (value.isMissingNode()) return otherwise;
        if (!value.isNumber()) throw wrong(name, "must be a number");
        float number = value.floatValue();
        if (number > lowest || allowed && number == lowest) return number;
        throw wrong(name, "must be %s %s, not %s".formatted(allowed ? "at least" : "above", lowest, number));
    }

    /** A whole number from lowest to highest. */
    long whole(String name, long otherwise, long lowest, long highest) {
        JsonNode value = take(name);
        if (value.isMissingNode()) return otherwise;
        if (!value.isIntegralNumber() || !value.canConvertToLong()) throw wrong(name, "must be a whole number");
        long number = value.longValue();
        if (number >= lowest && number <= highest) return number;
        throw wrong(name, "must be %d to %d, not %d".formatted(lowest, highest, number));
    }

    /** Takes a field that changes nothing while it is empty or has one of these values, and refuses every other. */
    void without(String name, Object... defaults) {
        JsonNode value = take(name);
        boolean empty = value.isMissingNode() || value.isArray() && value.isEmpty();
        if (empty || Arrays.stream(defaults).anyMatch(one -> isDefault(value, one))) return;
        throw wrong(name, "is not supported with the value " + value);
    }

    private static boolean isDefault(JsonNode value, Object one) {
        if (one instanceof Number number) return value.isNumber() && value.doubleValue() == number.doubleValue();
        return value.isValueNode() && value.asText().equals(one.toString());
    }

    /** Refuses what is left. */
    void end() {
        left.entrySet().stream()
                .filter(field -> !field.getValue().isNull())
                .findFirst()
                .ifPresent(field -> {
                    throw wrong(field.getKey(), "is not supported");
                });
    }

    Failure wrong(String name, String problem) {
        return GenerationWire.field(path + name, problem);
    }
}
