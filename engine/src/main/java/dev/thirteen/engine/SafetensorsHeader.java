package dev.thirteen.engine;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.thirteen.core.failure.Failure;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file, checked against the size of its data before any of it is used.
 *
 * @param tensors entries in the order of the header
 */
record SafetensorsHeader(Map<String, String> metadata, List<Entry> tensors) {
    /** Limit of the reference implementation; a header beyond it is hostile or damaged. */
    static final int MAX_BYTES = 100_000_000;

    private static final String METADATA = "__metadata__";
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    /** One tensor: bytes from {@code begin} to {@code end} of the data. */
    record Entry(String name, TensorType type, long[] shape, long begin, long end) {}

    /** Reads and checks a header; {@code file} is only named in messages. */
    static SafetensorsHeader parse(String file, byte[] json, long dataBytes) {
        JsonNode root = tree(file, json);
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Entry> entries = new ArrayList<>();
        root.properties().forEach(field -> {
            if (field.getKey().equals(METADATA)) {
                if (!field.getValue().isObject()) throw bad(file, "its metadata is no JSON object");
                field.getValue().properties().forEach(pair -> metadata.put(pair.getKey(), text(file, pair)));
            } else {
                entries.add(entry(file, field.getKey(), field.getValue()));
            }
        });
        checkLayout(file, entries, dataBytes);
        return new SafetensorsHeader(metadata, entries);
    }

    private static JsonNode tree(String file, byte[] json) {
        // Spaces may end a header, not begin it.
        if (json.length == 0 || json[0] != '{') throw bad(file, "its header does not begin with {, is no JSON object");
        try {
            // Jackson would take UTF-16 and UTF-32 for JSON too, and characters that are longer than they need be.
            JsonNode root = STRICT.readTree(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString());
            if (root.isObject()) return root;
        } catch (CharacterCodingException e) {
            throw bad(file, "its header is no UTF-8");
        } catch (JsonProcessingException e) {
            throw bad(file, "its header is no JSON: " + e.getOriginalMessage());
        }
        throw bad(file, "its header is no JSON object");
    }

    private static String text(String file, Map.Entry<String, JsonNode> pair) {
        if (!pair.getValue().isTextual()) throw bad(file, "metadata " + pair.getKey() + " is no string");
        return pair.getValue().textValue();
    }

    private static Entry entry(String file, String name, JsonNode node) {
        TensorType type = TensorType.of(node.path("dtype").asText())
                .orElseThrow(() -> bad(file, "tensor %s has the unknown dtype %s".formatted(name, node.path("dtype"))));
        long[] shape = numbers(file, name, node.path("shape"));
        long[] offsets = numbers(file, name, node.path("data_offsets"));
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

    private static long[] numbers(String file, String name, JsonNode node) {
        if (!node.isArray()) throw bad(file, "tensor " + name + " lacks shape or offsets");
        long[] numbers = new long[node.size()];
        for (int i = 0; i < numbers.length; i++) {
            JsonNode number = node.get(i);
            if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
                throw bad(file, "tensor %s has the bad number %s".formatted(name, number));
            }
            numbers[i] = number.longValue();
        }
        return numbers;
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
        if (next != dataBytes) {
            throw bad(file, "it has %d bytes of data, its header speaks of %d".formatted(dataBytes, next));
        }
    }

    static Failure bad(String file, String problem) {
        return new Failure(Failure.Kind.CALLER, "%s is no safetensors file: %s".formatted(file, problem));
    }
}
