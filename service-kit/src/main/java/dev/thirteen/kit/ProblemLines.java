package dev.thirteen.kit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A problem file, as the command line puts it among the blobs: JSON Lines with id, question, answer, perhaps wrong_answer. */
public final class ProblemLines {
    private static final String WRONG = "wrong_answer";
    private static final ObjectMapper JSON = new ObjectMapper();

    private ProblemLines() {}

    /** Its problems; lines without text are left out. @throws Failure CALLER naming line and key */
    public static List<Problem> read(byte[] file) {
        List<Problem> problems = new ArrayList<>();
        int number = 0;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(new ByteArrayInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) problems.add(problem(line, number));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (problems.isEmpty()) throw new Failure(Failure.Kind.CALLER, "data-set: the file has no problem");
        return problems;
    }

    private static Problem problem(String line, int number) {
        try {
            JsonNode node = JSON.readTree(line);
            return new Problem(
                    text(node, "id", number),
                    text(node, "question", number),
                    text(node, "answer", number),
                    node.has(WRONG) ? text(node, WRONG, number) : "");
        } catch (JsonProcessingException e) {
            String message = "data-set: line %d is no JSON: %s".formatted(number, e.getOriginalMessage());
            throw new Failure(Failure.Kind.CALLER, message, e);
        }
    }

    private static String text(JsonNode node, String key, int number) {
        JsonNode value = node.get(key);
        if (value == null || !value.isTextual()) {
            throw new Failure(Failure.Kind.CALLER, "data-set: line " + number + " has no text \"" + key + "\"");
        }
        return value.textValue();
    }
}
