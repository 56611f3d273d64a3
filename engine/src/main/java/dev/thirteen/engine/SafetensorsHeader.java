package dev.thirteen.engine;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file, checked against the size of its data before any of it is used.
 *
 * @param tensors entries in the order of the header
 */
record SafetensorsHeader(Map<String, String> metadata, List<Entry> tensors) {
    /** A header beyond these is hostile or damaged: it is read before the memory of anything else is known. */
    static final int MAX_BYTES = 32_000_000;

    private static final int MOST_TENSORS = 100_000;
    private static final int MOST_DIMENSIONS = 16;

    private static final String METADATA = "__metadata__";
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    /** One tensor: bytes from {@code begin} to {@code end} of the data. */
    record Entry(String name, TensorType type, long[] shape, long begin, long end) {}

    /** Reads and checks a header, tensor by tensor; {@code file} is only named in messages. */
    static SafetensorsHeader parse(String file, byte[] json, long dataBytes) {
        // Spaces may end a header, not begin it.
        if (json.length == 0 || json[0] != '{') throw bad(file, "its header does not begin with {, is no JSON object");
        SafetensorsHeader header = new SafetensorsHeader(new LinkedHashMap<>(), new ArrayList<>());
        // Jackson would take UTF-16 and UTF-32 for JSON too, and characters that are longer than they need be.
        try (JsonParser parser = STRICT.createParser(
                new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder()))) {
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) header.field(file, parser);
            if (parser.nextToken() != null) throw bad(file, "its header is no JSON: there is more behind it");
        } catch (CharacterCodingException e) {
            throw bad(file, "its header is no UTF-8");
        } catch (JsonProcessingException e) {
            throw bad(file, "its header is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        checkLayout(file, header.tensors, dataBytes);
        return header;
    }

    private void field(String file, JsonParser parser) throws IOException {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        // An escape may stand for half a character.
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) throw bad(file, "a tensor's name is no text");
        if (name.equals(METADATA)) {
            if (value != JsonToken.START_OBJECT) throw bad(file, "its metadata is no JSON object");
            while (parser.nextToken() != JsonToken.END_OBJECT) metadata.put(parser.currentName(), text(file, parser));
            return;
        }
        if (tensors.size() == MOST_TENSORS) throw bad(file, "it has more than " + MOST_TENSORS + " tensors");
        tensors.add(tensor(file, name, parser));
    }

    private static String text(String file, JsonParser parser) throws IOException {
        String key = parser.currentName();
        if (parser.nextToken() != JsonToken.VALUE_STRING) throw bad(file, "metadata " + key + " is no string");
        return parser.getText();
    }

    private static Entry tensor(String file, String name, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) throw bad(file, "tensor " + name + " is no JSON object");
        String type = "";
        long @Nullable [] shape = null;
        long @Nullable [] offsets = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "dtype" -> type = parser.getText();
                case "shape" -> shape = numbers(file, name, parser);
                case "data_offsets" -> offsets = numbers(file, name, parser);
                default -> parser.skipChildren();
            }
        }
        if (shape == null || offsets == null) throw bad(file, "tensor " + name + " lacks shape or offsets");
        return entry(file, name, type, shape, offsets);
    }

    private static Entry entry(String file, String name, String dtype, long[] shape, long[] offsets) {
        TensorType type = TensorType.of(dtype)
                .orElseThrow(() -> bad(file, "tensor %s has the unknown dtype '%s'".formatted(name, dtype)));
        if (offsets.length != 2 || offsets[0] > offsets[1]) throw bad(file, "tensor " + name + " has bad offsets");
        long bytes = type.bytes();
        try {
            for (long side : shape) bytes = Math.multiplyExact(bytes, side);
        } catch (ArithmeticException e) {
            throw bad(file, "tensor " + name + " is larger than any memory");
        }
        if (bytes != offsets[1] - offsets[0]) {
            throw bad(file, "tensor %s needs %d bytes and has %d".formatted(name, bytes, offsets[1] - offsets[0]));
        }
        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] numbers(String file, String name, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY)
            throw bad(file, "tensor " + name + " lacks shape or offsets");
        long[] numbers = new long[MOST_DIMENSIONS];
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (count == MOST_DIMENSIONS) {
                throw bad(file, "tensor %s has more than %d dimensions".formatted(name, MOST_DIMENSIONS));
            }
            numbers[count++] = number(file, name, parser);
        }
        return Arrays.copyOf(numbers, count);
    }

    private static long number(String file, String name, JsonParser parser) throws IOException {
        boolean fits = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        // The sign is wrong in front of 0 too.
        if (!fits || parser.getText().startsWith("-")) {
            throw bad(file, "tensor %s has the bad number %s".formatted(name, parser.getText()));
        }
        return parser.getLongValue();
    }

    /** Tensors cover the data without gap and without overlap, as the format demands. */
    private static void checkLayout(String file, List<Entry> entries, long dataBytes) {
        List<Entry> ordered = entries.stream()
                .sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
                .toList();
        long next = 0;
        for (Entry entry : ordered) {
            if (entry.begin() != next) throw bad(file, "tensor " + entry.name() + " leaves a gap or overlaps another");
            next = entry.end();
        }
        if (next == dataBytes) return;
        String cut = ordered.stream()
                .filter(entry -> entry.end() > dataBytes)
                .findFirst()
                .map(entry -> "; it ends before tensor %s does".formatted(entry.name()))
                .orElse("");
        throw bad(file, "it has %d bytes of data, its header speaks of %d%s".formatted(dataBytes, next, cut));
    }

    static Failure bad(String file, String problem) {
        return new Failure(Failure.Kind.CALLER, "%s is no safetensors file: %s".formatted(file, problem));
    }
}
