package dev.thirteen.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Reads golden files. */
public final class Golden {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Golden() {}

    /** A file of the golden folder. */
    public static JsonNode file(String name) {
        try (InputStream file = Golden.class.getResourceAsStream("/golden/" + name)) {
            return JSON.readTree(Objects.requireNonNull(file, name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A list of numbers. */
    public static double[] numbers(JsonNode list) {
        return JSON.convertValue(list, double[].class);
    }
}
