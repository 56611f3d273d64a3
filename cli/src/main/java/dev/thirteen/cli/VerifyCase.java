package dev.thirteen.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.cli.data.JsonReason;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.Conventions;
import dev.thirteen.verifier.Question;
import dev.thirteen.verifier.Question.Form;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A line of a file of comparisons.
 *
 * @param expected whether the prediction should be right; empty where the file does not say
 */
record VerifyCase(String gold, String prediction, Optional<Boolean> expected, Question question) {
    /** A line is one object and nothing else; numbers keep all of their digits. */
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    /**
     * Reads a line.
     *
     * @throws Failure CALLER with file, line and what is wrong
     */
    static VerifyCase of(Path file, int number, String line) {
        try {
            JsonNode node = JSON.readTree(line);
            if (!node.isObject()) throw wrong(file, number, "is no JSON object");
            Optional<Boolean> expected = Optional.empty();
            JsonNode wanted = node.get("expected");
            if (wanted != null && !wanted.isNull()) {
                if (!wanted.isBoolean()) throw wrong(file, number, "expected: must be true or false");
                expected = Optional.of(wanted.booleanValue());
            }
            return new VerifyCase(
                    text(file, number, node, "gold"),
                    text(file, number, node, "prediction"),
                    expected,
                    question(file, number, node));
        } catch (JsonProcessingException e) {
            throw wrong(file, number, "is no JSON object (" + JsonReason.of(e) + ")");
        }
    }

    private static Question question(Path file, int number, JsonNode node) {
        String kind = node.path("kind").asText("answer");
        Form form = switch (kind) {
            case "answer" -> Form.ANSWER;
            case "completion" -> Form.COMPLETION;
            default -> throw wrong(file, number, "kind: must be answer or completion, it is \"" + kind + "\"");
        };
        JsonNode precision = node.path("precision");
        if (!precision.isInt() && !precision.isNull() && !precision.isMissingNode()) {
            throw wrong(file, number, "precision: must be a whole number of digits, it is " + precision);
        }
        JsonNode comparable = node.path("allow_set_relation_comp");
        if (!comparable.isBoolean() && !comparable.isNull() && !comparable.isMissingNode()) {
            throw wrong(file, number, "allow_set_relation_comp: must be true or false, it is " + comparable);
        }
        boolean letters = (node.path("match_types").toString() + node.path("match_type")).contains("NativeLetters");
        return Conventions.question(
                form,
                node.path("convention").asText(""),
                precision.isInt() ? OptionalInt.of(Math.clamp(precision.intValue(), 0, 300)) : OptionalInt.empty(),
                comparable.asBoolean(false),
                letters);
    }

    private static String text(Path file, int number, JsonNode node, String key) {
        JsonNode value = node.get(key);
        if (value == null) throw wrong(file, number, "lacks the field '" + key + "'");
        if (value.isTextual()) return value.textValue();
        if (value.isNumber()) return value.asText();
        throw wrong(file, number, key + ": must be a text or a number");
    }

    private static Failure wrong(Path file, int number, String what) {
        return new Failure(Failure.Kind.CALLER, file + ":" + number + ": " + what);
    }
}
