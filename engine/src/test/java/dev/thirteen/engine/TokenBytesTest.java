package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.digest.Digests;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBytesTest {
    private static final Path SENTENCE_PIECE = Path.of("src/test/resources/tokenizers/sentencepiece");
    private static final List<String> TEXTS =
            List.of("ab", " ab", "  ab ba", "a€é🙂b", "🙂🙂", "é ab", "\n a", "漢字 und b", "\u0000 \u0085\u00ad", "�");

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "qwen3", "llama3-scaled", "smollm2-like", "mistral"})
    void bytesOfTokensMakeTheTextOfByteLevelTokenizers(String model) {
        try (Tokenizer.Opened tokenizer = Tokenizer.open(Golden.model(model))) {
            TEXTS.forEach(text -> assertJoined(tokenizer, tokenizer.encode(text, true)));
            // Whatever a model may draw, characters in halves and special tokens too.
            Random random = new Random(13);
            for (int i = 0; i < 200; i++) {
                assertJoined(tokenizer, random.ints(8, 0, 600).toArray());
            }
        }
    }

    @Test
    void bytesOfTokensMakeTheTextOfSentencePiece() {
        try (Tokenizer.Opened tokenizer = Tokenizer.open(SENTENCE_PIECE)) {
            TEXTS.forEach(text -> assertJoined(tokenizer, tokenizer.encode(text, true)));
            int[] ids = tokenizer.encode("ab ab", false);
            assertThat(ids).containsExactly(267, 267);
            assertThat(tokenizer.bytes(267, true))
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("ab");
            assertThat(tokenizer.bytes(267, false))
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo(" ab");
        }
    }

    @Test
    void tokensOfHalfACharacterHaveTheirOwnBytes() {
        try (Tokenizer.Opened tokenizer = Tokenizer.open(SENTENCE_PIECE)) {
            assertThat(tokenizer.bytes(3 + 0xe2, true)).containsExactly(0xe2);
            assertThat(tokenizer.bytes(3 + 0xe2, false)).containsExactly(0xe2);
        }
    }

    @Test
    void specialTokensAddNothing() {
        try (Tokenizer.Opened tokenizer = Tokenizer.open(Golden.model("qwen2-tied"))) {
            assertThat(tokenizer.bytes(596, true)).isEmpty();
            assertThat(tokenizer.bytes(596, false)).isEmpty();
        }
    }

    @Test
    void aVocabularyInTheOrderOfIdsIsReadUnlessItHasChanged(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        byte[] json = "{\"model\":{\"vocab\":[[\"a\",0],[\"<0xE2>\",-1.5],[\"<0xE22\",2]]},\"x\":{\"vocab\":[]}}"
                .getBytes(StandardCharsets.UTF_8);
        Files.write(file, json);

        TokenBytes bytes = new TokenBytes(file, Digests.sha256(json));
        assertThat(bytes.half(0)).isEmpty();
        assertThat(bytes.half(1)).hasValueSatisfying(half -> assertThat(half).containsExactly(0xe2));
        assertThat(bytes.half(2)).isEmpty();
        assertThat(new TokenBytes(file, "sha256:another").half(1)).isEmpty();
    }

    private static void assertJoined(Tokenizer tokenizer, int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean first = true;
        for (int id : ids) {
            bytes.writeBytes(tokenizer.bytes(id, first));
            first &= tokenizer.bytes(id, false).length == 0;
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(tokenizer.decode(ids, true));
    }
}
