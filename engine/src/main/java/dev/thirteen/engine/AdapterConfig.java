package dev.thirteen.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.PathExpression;
import dev.thirteen.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An adapter_config.json: PEFT's, or ours for families that PEFT lacks, in PEFT's words. The text is kept, so that an export
 * gives back what an import read.
 */
final class AdapterConfig {
    /** Of projections that come of a seed: it must not ask for more memory than any real adapter does. */
    private static final long MOST_PROJECTED = 1L << 27;

    private final String source;
    private final String text;
    private final JsonNode json;

    private AdapterConfig(String source, String text) {
        this.source = source;
        this.text = text;
        try {
            this.json = ModelFiles.JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.Kind.CALLER, source + " is no JSON: " + e.getOriginalMessage(), e);
        }
        if (!json.isObject()) throw bad("is no JSON object");
    }

    /** The config of an adapter folder. */
    static AdapterConfig read(Path folder) {
        Path file = folder.resolve("adapter_config.json");
        return new AdapterConfig(file.toString(), new String(ModelFiles.bytes(file), StandardCharsets.UTF_8));
    }

    /** @param source what messages call it */
    static AdapterConfig of(String source, String text) {
        return new AdapterConfig(source, text);
    }

    /** The file's text. */
    String text() {
        return text;
    }

    /** PEFT's {@code peft_type}. */
    String type() {
        return text("peft_type", "");
    }

    JsonNode get(String key) {
        return json.path(key);
    }

    String text(String key, String otherwise) {
        JsonNode node = json.path(key);
        if (node.isMissingNode() || node.isNull()) return otherwise;
        if (!node.isTextual()) throw bad("%s must be a text, not %s".formatted(key, node));
        return node.textValue();
    }

    boolean flag(String key, boolean otherwise) {
        JsonNode node = json.path(key);
        if (node.isMissingNode() || node.isNull()) return otherwise;
        if (!node.isBoolean()) throw bad("%s must be true or false, not %s".formatted(key, node));
        return node.booleanValue();
    }

    double number(String key, double otherwise) {
        JsonNode node = json.path(key);
        if (node.isMissingNode() || node.isNull()) return otherwise;
        if (!node.isNumber()) throw bad("%s must be a number, not %s".formatted(key, node));
        return node.doubleValue();
    }

    long whole(String key, long otherwise) {
        JsonNode node = json.path(key);
        if (node.isMissingNode() || node.isNull()) return otherwise;
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw bad("%s must be a whole number, not %s".formatted(key, node));
        }
        return node.longValue();
    }

    /** A number of at least 1. */
    int positive(String key, int otherwise) {
        long value = whole(key, otherwise);
        if (value < 1 || value > 65_536) throw bad("%s must be 1 to 65536, not %d".formatted(key, value));
        return (int) value;
    }

    /** Refuses a feature that would change the result and that the engine does not have. */
    void refuse(String key, boolean present) {
        if (present) throw bad("%s %s is not supported".formatted(key, json.path(key)));
    }

    /** Refuses what is set to anything: null, false and empty lists are not. */
    void refuseSet(String key) {
        JsonNode node = json.path(key);
        boolean unset = node.isMissingNode() || node.isNull() || (node.isContainerNode() && node.isEmpty());
        refuse(key, !unset && !(node.isBoolean() && !node.booleanValue()));
    }

    /** Refuses projections of so many numbers, before they are drawn. */
    void requireProjections(long numbers) {
        if (numbers <= MOST_PROJECTED) return;
        throw bad("asks for %d numbers of projections, at most %d".formatted(numbers, MOST_PROJECTED));
    }

    Failure bad(String problem) {
        return new Failure(Failure.Kind.CALLER, source + ": " + problem);
    }

    /**
     * The value that a rank_pattern or alpha_pattern has for a module: that of the first key which, as a regular expression,
     * matches the end of the path from a dot on.
     */
    double pattern(String key, String path, double otherwise) {
        if (json.hasNonNull(key) && !json.get(key).isObject()) throw bad(key + " is no JSON object");
        for (var field : json.path(key).properties()) {
            String end = "(.*\\.)?(" + field.getKey() + ")$";
            if (!with(end, expression -> expression.begins(path))) continue;
            if (!field.getValue().isNumber()) throw bad("%s has %s for %s".formatted(key, field.getValue(), path));
            return field.getValue().doubleValue();
        }
        return otherwise;
    }

    /**
     * Indexes, in model order, of the modules that target_modules, exclude_modules and layers_to_transform choose.
     *
     * @throws Failure CALLER when they choose nothing, or something else than the seven linears of a layer
     */
    List<Integer> targets(ModelShape shape) {
        JsonNode wanted = json.path("target_modules");
        for (String other : List.of("lm_head", "model.embed_tokens")) {
            if (!isAll(wanted) && chooses("target_modules", wanted, other) && !isExcluded(other)) {
                throw bad("the target %s is not supported, only the linears of the layers are".formatted(other));
            }
        }
        List<Integer> targets = new ArrayList<>();
        for (int i = 0; i < shape.modules().size(); i++) {
            AdaptedModule module = shape.modules().get(i);
            if (isExcluded(module.path())) continue;
            boolean chosen = isAll(wanted) || chooses("target_modules", wanted, module.path());
            if (chosen && (isLayerChosen(module) || isNamedWhole(wanted, module))) targets.add(i);
        }
        if (targets.isEmpty()) throw bad("target_modules %s chooses no module of the model".formatted(wanted));
        return targets;
    }

    private boolean isExcluded(String path) {
        return chooses("exclude_modules", json.path("exclude_modules"), path);
    }

    private static boolean isAll(JsonNode wanted) {
        return wanted.isTextual() && wanted.textValue().equalsIgnoreCase("all-linear");
    }

    /** By its whole path, which PEFT takes without a look at layers_to_transform (0.21, tuners_utils.py). */
    private static boolean isNamedWhole(JsonNode wanted, AdaptedModule module) {
        for (JsonNode name : wanted) if (name.asText().equals(module.path())) return true;
        return false;
    }

    private boolean isLayerChosen(AdaptedModule module) {
        List<JsonNode> layers = listed("layers_to_transform");
        if (layers.isEmpty()) return true;
        if (!isLayerOfPattern(module.path())) return false;
        boolean chosen = false;
        for (JsonNode one : layers) {
            if (!one.isIntegralNumber()) throw bad("layers_to_transform has %s, no whole number".formatted(one));
            chosen |= one.asInt() == module.layer();
        }
        return chosen;
    }

    /** What stands in front of a layer's number, where layers_pattern says it. */
    private boolean isLayerOfPattern(String path) {
        List<JsonNode> patterns = listed("layers_pattern");
        if (patterns.isEmpty()) return true;
        for (JsonNode one : patterns) {
            if (!one.isTextual()) throw bad("layers_pattern has %s, no text".formatted(one));
            String before = ".*\\.(?:" + one.textValue() + ")\\.\\d+\\.";
            if (one.textValue().isEmpty() || with(before, expression -> expression.begins(path))) return true;
        }
        return false;
    }

    /** The values of a list, or the one value that stands alone; none where the key is null or absent. */
    private List<JsonNode> listed(String key) {
        JsonNode node = json.path(key);
        if (node.isMissingNode() || node.isNull()) return List.of();
        return node.isArray() ? node.valueStream().toList() : List.of(node);
    }

    /** PEFT's rule: a text is a regular expression for the whole path, a list has names of the last parts. */
    private boolean chooses(String key, JsonNode wanted, String path) {
        if (wanted.isTextual()) return with(wanted.textValue(), expression -> expression.matches(path));
        if (wanted.isArray()) {
            for (JsonNode name : wanted) {
                if (path.equals(name.asText()) || path.endsWith("." + name.asText())) return true;
            }
            return false;
        }
        if (!wanted.isMissingNode() && !wanted.isNull()) throw bad("%s must be a text or a list".formatted(key));
        // PEFT's choice for these families when a config names none.
        return key.equals("target_modules") && (path.endsWith(".q_proj") || path.endsWith(".v_proj"));
    }

    /** A question to an expression. */
    private interface Question {
        boolean ask(PathExpression expression) throws PathExpression.Unusable;
    }

    private boolean with(String expression, Question question) {
        try {
            return question.ask(PathExpression.of(expression));
        } catch (PathExpression.Unusable e) {
            String shown = expression.length() <= 200 ? expression : expression.substring(0, 200) + "…";
            throw bad("the expression %s cannot be read: %s".formatted(shown, e.getMessage()));
        }
    }
}
