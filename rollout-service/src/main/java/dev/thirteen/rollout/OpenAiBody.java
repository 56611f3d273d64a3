package dev.thirteen.rollout;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The JSON of a body. What is none is refused in words for who wrote it, which the parser's are not. */
final class OpenAiBody {
    /** Of a body: its tree takes up to fifty bytes a token, and a client may write nothing but small ones. */
    private static final long MAX_JSON_TOKENS = 1 << 20;

    private static final StreamReadConstraints LIMITS =
            StreamReadConstraints.builder().maxTokenCount(MAX_JSON_TOKENS).build();
    private static final JsonMapper JSON = JsonMapper.builder(
                    JsonFactory.builder().streamReadConstraints(LIMITS).build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final String NO_UTF_8 = "the body is no JSON in UTF-8";

    private OpenAiBody() {}

    /** A missing node of an empty body. @throws Failure CALLER where it is no JSON, with line and column */
    static JsonNode read(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (StreamConstraintsException e) {
            throw new Failure(Failure.Kind.CALLER, tooLarge(), e);
        } catch (JsonProcessingException e) {
            throw refused(body, e);
        } catch (IOException e) {
            // Memory does not fail: the parser takes it for UTF-32, and it is none.
            throw new Failure(Failure.Kind.CALLER, NO_UTF_8, e);
        }
    }

    /** The parser has one exception for all that is wrong: some kinds are known by their texts alone. */
    private static Failure refused(byte[] body, JsonProcessingException e) {
        String said = e.getOriginalMessage();
        int at = (int) e.getLocation().getByteOffset();
        if (said.startsWith("Duplicate field") && e.getProcessor() instanceof JsonParser parser) {
            return GenerationWire.field(path(parser.getParsingContext()), "is given twice");
        }
        // Where the parser takes it for UTF-16.
        if (at < 0) return new Failure(Failure.Kind.CALLER, NO_UTF_8, e);
        if (e instanceof JsonEOFException || at == body.length) return refused(body, at, "it ends too early", e);
        if (said.startsWith("Non-standard token")) {
            return refused(body, at, "NaN and infinity are no numbers of JSON", e);
        }
        // Here alone the parser is one byte further.
        if (said.startsWith("Invalid UTF-8")) return refused(body, at - 1, "a byte that is no UTF-8", e);
        return refused(body, at, unexpected(body, at), e);
    }

    private static Failure refused(byte[] body, int at, String problem, JsonProcessingException cause) {
        return new Failure(Failure.Kind.CALLER, "the body is no JSON: " + place(body, at) + ": " + problem, cause);
    }

    private static String tooLarge() {
        return "the body has over %d JSON tokens, %d levels, %d digits of a number or %d characters of a name"
                .formatted(
                        LIMITS.getMaxTokenCount(),
                        LIMITS.getMaxNestingDepth(),
                        LIMITS.getMaxNumberLength(),
                        LIMITS.getMaxNameLength());
    }

    /** As {@link OpenAiFields} names fields. */
    private static String path(JsonStreamContext at) {
        JsonStreamContext outer = at.getParent();
        if (outer == null) return "";
        String before = path(outer);
        if (at.inArray()) return before + "[" + at.getCurrentIndex() + "]";
        return (before.isEmpty() ? "" : before + ".") + at.getCurrentName();
    }

    /** In characters, as an editor counts them. */
    private static String place(byte[] body, int at) {
        int line = 1;
        int begin = 0;
        for (int i = 0; i < at; i++) {
            if (body[i] != '\n') continue;
            line++;
            begin = i + 1;
        }
        String before = new String(body, begin, at - begin, StandardCharsets.UTF_8);
        return "line %d, column %d".formatted(line, before.codePointCount(0, before.length()) + 1);
    }

    private static String unexpected(byte[] body, int at) {
        int longest = Math.min(4, body.length - at);
        int character = new String(body, at, longest, StandardCharsets.UTF_8).codePointAt(0);
        if (character >= ' ') return "unexpected " + Character.toString(character);
        return "unexpected U+%04X, which a text must escape".formatted(character);
    }
}
