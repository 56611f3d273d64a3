package dev.thirteen.engine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.filter.FilteringParserDelegate;
import com.fasterxml.jackson.core.filter.JsonPointerBasedFilter;
import com.fasterxml.jackson.core.filter.TokenFilter.Inclusion;
import dev.thirteen.core.digest.Digests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of those tokens of a vocabulary that are no whole characters, which no text can show. Two ways of writing them are
 * known: byte-level BPE has a character for each byte, SentencePiece has tokens of one byte, {@code <0xE2>}.
 */
final class TokenBytes {
    /** Names of a vocabulary are read once: nothing is gained by keeping them. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final Pattern ONE_BYTE = Pattern.compile("<0x[0-9A-F]{2}>");
    private static final String BYTES = characters();

    private final Path tokenizer;
    private final String digest;
    private @Nullable Map<Integer, byte[]> halves;

    /** @param tokenizer a tokenizer.json with this digest, which is read when it is first asked for */
    TokenBytes(Path tokenizer, String digest) {
        this.tokenizer = tokenizer;
        this.digest = digest;
    }

    /** The bytes of a token that is no whole characters; nothing for others, and where the file has changed. Not shared. */
    synchronized Optional<byte[]> half(int id) {
        Map<Integer, byte[]> known = halves;
        if (known == null) {
            byte[] file = ModelFiles.bytes(tokenizer);
            known = Digests.sha256(file).equals(digest) ? read(file) : Map.of();
            halves = known;
        }
        return Optional.ofNullable(known.get(id)).map(byte[]::clone);
    }

    private static Map<Integer, byte[]> read(byte[] tokenizer) {
        Map<Integer, byte[]> halves = new HashMap<>();
        try (JsonParser vocabulary = new FilteringParserDelegate(
                JSON.createParser(tokenizer),
                new JsonPointerBasedFilter("/model/vocab"),
                Inclusion.ONLY_INCLUDE_ALL,
                false)) {
            // Pieces with their ids, or pairs of a piece and its score in the order of ids.
            boolean byId = vocabulary.nextToken() == JsonToken.START_OBJECT;
            int depth = 1;
            int next = 0;
            while (depth > 0) {
                JsonToken token = vocabulary.nextToken();
                if (token == null) break;
                if (token.isStructStart()) depth++;
                if (token.isStructEnd()) depth--;
                if (token == JsonToken.VALUE_STRING) add(halves, vocabulary.getText(), next++);
                if (token == JsonToken.VALUE_NUMBER_INT && byId) {
                    add(halves, vocabulary.currentName(), vocabulary.getIntValue());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the tokenizer has been read before", e);
        }
        return halves;
    }

    private static void add(Map<Integer, byte[]> halves, String piece, int id) {
        byte[] bytes = bytes(piece);
        if (bytes != null && !isText(bytes)) halves.put(id, bytes);
    }

    private static byte @Nullable [] bytes(String piece) {
        if (piece.length() == 6 && ONE_BYTE.matcher(piece).matches()) {
            return new byte[] {(byte) Integer.parseInt(piece, 3, 5, 16)};
        }
        byte[] bytes = new byte[piece.length()];
        for (int i = 0; i < bytes.length; i++) {
            int value = BYTES.indexOf(piece.charAt(i));
            if (value < 0) return null;
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    /** The character of each byte in byte-level BPE: itself where it can be printed, else the next from U+0100 on. */
    private static String characters() {
        StringBuilder characters = new StringBuilder();
        char next = 0x100;
        for (char value = 0; value < 0x100; value++) characters.append(isPrinted(value) ? value : next++);
        return characters.toString();
    }

    private static boolean isPrinted(int value) {
        return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xFF && value != 0xAD;
    }

    private static boolean isText(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException half) {
            return false;
        }
    }
}
