package dev.thirteen.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** Reads a JSON Lines file of problems under a field map and writes it in the form of the wire. */
final class ProblemFile {
    /** Names of the fields in the source file. */
    record Fields(String id, String question, String answer) {
        static final Fields DEFAULT = new Fields("id", "question", "answer");
    }

    /** More than this many complaints of one file help nobody. */
    private static final int MOST_PROBLEMS = 20;

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final SourceFile source;
    private final Fields fields;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final Map<String, Integer> lineOfId = new HashMap<>();

    private ProblemFile(Path file, Fields fields) {
        this.source = new SourceFile(file);
        this.fields = fields;
    }

    /**
     * Reads the whole file.
     *
     * @throws Failure CALLER with one {@code FILE:LINE: what} a bad line, at most twenty
     */
    static DataSetBlob read(Path file, Fields fields) {
        return new ProblemFile(file, fields).read();
    }

    private DataSetBlob read() {
        Path file = source.path();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) add(number, line);
                if (source.problemCount() >= MOST_PROBLEMS) break;
            }
        } catch (CharacterCodingException e) {
            throw new Failure(Failure.Kind.CALLER, file + ": is no UTF-8 text", e);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, file + ": cannot be read (" + e.getMessage() + ")", e);
        }
        source.refuseIfWrong();
        if (lineOfId.isEmpty()) throw new Failure(Failure.Kind.CALLER, file + ": holds no problem");
        byte[] bytes = content.toByteArray();
        return new DataSetBlob(file, sha256(bytes), bytes, lineOfId.size());
    }

    private void add(int number, String line) {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            source.problem(number, "is no JSON object (" + e.getOriginalMessage() + ")");
            return;
        }
        if (!node.isObject()) {
            source.problem(number, "is no JSON object");
            return;
        }
        int before = source.problemCount();
        String id = value(number, node, fields.id());
        String question = value(number, node, fields.question());
        String answer = value(number, node, fields.answer());
        if (source.problemCount() > before) return;
        Integer earlier = lineOfId.putIfAbsent(id, number);
        if (earlier != null) {
            source.problem(number, "the id '" + id + "' stands in line " + earlier + " already");
            return;
        }
        ObjectNode problem = JSON.createObjectNode();
        problem.put("id", id).put("question", question).put("answer", answer);
        content.writeBytes((problem + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private String value(int number, JsonNode line, String field) {
        JsonNode value = line.get(field);
        if (value == null) {
            source.problem(number, "lacks the field '" + field + "'");
        } else if (value.isTextual() && !value.textValue().isBlank()) {
            return value.textValue();
        } else if (value.isNumber()) {
            return value.asText();
        } else {
            source.problem(number, "the field '" + field + "' must be text that is not empty, or a number");
        }
        return "";
    }

    private static String sha256(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
