package dev.thirteen.cli.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/** Rows of JSON Lines; lines without text are passed over. */
final class JsonLineRows {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // Numbers with all the digits that the file has.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false)
            .build();

    private JsonLineRows() {}

    static void read(Path file, BufferedReader text, RowSink sink) throws IOException {
        int number = 0;
        for (String line = text.readLine(); line != null && sink.more(); line = text.readLine()) {
            number++;
            // A mark of the byte order is no part of the text.
            String json = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
            if (!json.isBlank()) row(file, number, json, sink);
        }
    }

    private static void row(Path file, int number, String line, RowSink sink) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node instanceof ObjectNode fields) {
                sink.row(file, number, fields);
            } else {
                sink.problem(file, number, "is no JSON object");
            }
        } catch (JsonProcessingException e) {
            sink.problem(file, number, "is no JSON object (" + JsonReason.of(e) + ")");
        }
    }
}
