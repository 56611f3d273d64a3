package dev.thirteen.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NumericNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a row holds the parts of a problem. Each is the name of a field, or a text with names in braces
 * ({@code "{Body} {Question}"}); a list of texts is their lines.
 *
 * @param id may be absent from all rows: then problems are numbered
 * @param answerAfter the answer is what stands after the last such text; empty for all of the field
 */
record ProblemFields(String id, String question, String answer, String answerAfter) {
    static final ProblemFields DEFAULT = new ProblemFields("id", "question", "answer", "");

    /** Digits before or after the point that an exponent may stand for. */
    private static final int MOST_PLACES = 100;

    private static final Pattern NAME = Pattern.compile("\\{([^{}]+)}");

    /** One value of a row; empty when something is wrong with it, which the problems are told. */
    private static Optional<String> value(ObjectNode row, String field, Consumer<String> problems) {
        Optional<String> text = field.contains("{") ? filled(row, field, problems) : plain(row, field, problems);
        if (text.isPresent() && text.get().isBlank()) {
            problems.accept("the field '" + field + "' must be text that is not empty, or a number");
            return Optional.empty();
        }
        return text;
    }

    private static Optional<String> filled(ObjectNode row, String template, Consumer<String> problems) {
        StringBuilder text = new StringBuilder();
        Matcher names = NAME.matcher(template);
        boolean whole = true;
        while (names.find()) {
            Optional<String> value = plain(row, names.group(1), problems);
            whole &= value.isPresent();
            names.appendReplacement(text, Matcher.quoteReplacement(value.orElse("")));
        }
        return whole ? Optional.of(names.appendTail(text).toString()) : Optional.empty();
    }

    private static Optional<String> plain(ObjectNode row, String field, Consumer<String> problems) {
        JsonNode value = row.get(field);
        if (value == null) {
            List<String> names = new ArrayList<>();
            row.fieldNames().forEachRemaining(names::add);
            problems.accept("lacks the field '" + field + "' (it has: " + String.join(", ", names) + ")");
            return Optional.empty();
        }
        if (value.isTextual()) return Optional.of(value.textValue());
        if (value.isNumber()) return number(value, field, problems);
        if (value.isArray() && !value.isEmpty() && lines(value).size() == value.size()) {
            return Optional.of(String.join("\n", lines(value)));
        }
        problems.accept("the field '" + field + "' must be text that is not empty, or a number");
        return Optional.empty();
    }

    /** The digits that the file has, without an exponent, which no answer of a model has either. */
    private static Optional<String> number(JsonNode value, String field, Consumer<String> problems) {
        if (value.isIntegralNumber()) return Optional.of(value.asText());
        boolean finite = !(value instanceof NumericNode number && number.isNaN());
        if (finite && Math.abs((long) value.decimalValue().scale()) <= MOST_PLACES) {
            return Optional.of(value.decimalValue().toPlainString());
        }
        problems.accept(
                "the field '" + field + "' is the number " + value.asText() + ", which must be written as text");
        return Optional.empty();
    }

    private static List<String> lines(JsonNode array) {
        List<String> lines = new ArrayList<>();
        array.forEach(element -> {
            if (element.isTextual()) lines.add(element.textValue());
        });
        return lines;
    }

    Optional<String> id(ObjectNode row, Consumer<String> problems) {
        return value(row, id, problems);
    }

    /** Whether a row has the field of the id at all. */
    boolean hasId(ObjectNode row) {
        return id.contains("{") || row.has(id);
    }

    Optional<String> question(ObjectNode row, Consumer<String> problems) {
        return value(row, question, problems);
    }

    /** The wrong answer, whatever the names of the other parts; empty where a row has none. */
    static String wrongAnswer(ObjectNode row) {
        JsonNode value = row.path("wrong_answer");
        return value.isNumber() ? number(value, "wrong_answer", _ -> {}).orElse("") : value.asText("");
    }

    Optional<String> answer(ObjectNode row, Consumer<String> problems) {
        Optional<String> whole = value(row, answer, problems);
        if (whole.isEmpty() || answerAfter.isEmpty()) return whole;
        int at = whole.get().lastIndexOf(answerAfter);
        String rest =
                at < 0 ? "" : whole.get().substring(at + answerAfter.length()).strip();
        if (!rest.isEmpty()) return Optional.of(rest);
        problems.accept("the field '" + answer + "' has nothing after '" + answerAfter + "'");
        return Optional.empty();
    }
}
