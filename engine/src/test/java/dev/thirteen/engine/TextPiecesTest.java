package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextPiecesTest {
    @Test
    void noPieceCutsACharacter() {
        byte[] bytes = "a€é🙂b".getBytes(StandardCharsets.UTF_8);
        TextPieces pieces = new TextPieces(new Bytes());

        List<String> out = new ArrayList<>();
        for (byte value : bytes) out.add(pieces.add(value & 0xff));

        assertThat(out).containsExactly("a", "", "", "€", "", "é", "", "", "", "🙂", "b");
        assertThat(pieces.rest()).isEmpty();
    }

    @Test
    void theRestOfAnIncompleteCharacterComesAtTheEnd() {
        TextPieces pieces = new TextPieces(new Bytes());

        assertThat(pieces.add('x')).isEqualTo("x");
        assertThat(pieces.add(0xe2)).isEmpty();
        assertThat(pieces.rest()).isEqualTo("\uFFFD");
    }

    @Test
    void whatStandsBeforeAnIncompleteCharacterIsOut() {
        TextPieces pieces = new TextPieces(new Bytes());

        pieces.add('x');
        assertThat(pieces.add(0x0a)).isEqualTo("\n");
        assertThat(pieces.add(0xe2)).isEmpty();
        assertThat(pieces.add('y')).isEqualTo("\uFFFDy");
        assertThat(pieces.rest()).isEmpty();
    }

    /** One token a byte. */
    private static final class Bytes implements Tokenizer {
        @Override
        public String decode(int[] ids, boolean skipSpecialTokens) {
            byte[] bytes = new byte[ids.length];
            for (int i = 0; i < ids.length; i++) bytes[i] = (byte) ids[i];
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public byte[] bytes(int id, boolean first) {
            return new byte[] {(byte) id};
        }

        @Override
        public int[] encode(String text, boolean addSpecialTokens) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String renderChat(
                List<? extends Map<String, ?>> messages, boolean addGenerationPrompt, Map<String, ?> arguments) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int endToken() {
            return 0;
        }

        @Override
        public boolean isStop(int id) {
            return false;
        }

        @Override
        public String digest() {
            return "";
        }
    }
}
