package dev.thirteen.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The small files of a Hugging Face folder. */
final class ModelFiles {
    static final ObjectMapper JSON = new ObjectMapper();

    private ModelFiles() {}

    /** The bytes of a file that must be there. */
    static byte[] bytes(Path file) {
        if (!Files.isRegularFile(file)) throw new Failure(Failure.Kind.CALLER, file + " is missing");
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The JSON of a file; an empty object when it is not there. */
    static JsonNode jsonIfPresent(Path file) {
        if (!Files.exists(file)) return JSON.createObjectNode();
        try {
            return JSON.readTree(new String(bytes(file), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.Kind.CALLER, file + " is no JSON: " + e.getOriginalMessage(), e);
        }
    }
}
