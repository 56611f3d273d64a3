package dev.thirteen.rollout;

import dev.thirteen.engine.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A token as log-probabilities show it.
 *
 * @param text of a token that is no whole characters its bytes, as {@code \xe2\x80}; of a special token its name
 * @param bytes what it adds to the text of the choice; null of a special token, which adds nothing; not shared
 * @param whole whether the text is that of the token and not of its bytes
 */
record OpenAiToken(String text, byte @Nullable [] bytes, boolean whole) {
    /** @param first whether the text begins with it */
    static OpenAiToken of(Tokenizer tokenizer, int id, boolean first) {
        byte[] bytes = tokenizer.bytes(id, first);
        if (bytes.length == 0) {
            String name = tokenizer.bytes(id, false).length == 0 ? tokenizer.decode(new int[] {id}, false) : "";
            return new OpenAiToken(name, name.isEmpty() ? bytes : null, true);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new OpenAiToken(text, bytes, true);
        } catch (CharacterCodingException half) {
            return new OpenAiToken(escaped(bytes), bytes, false);
        }
    }

    private static String escaped(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte one : bytes) {
            boolean printed = one >= ' ' && one <= '~' && one != '\\';
            text.append(printed ? Character.toString(one) : "\\x%02x".formatted(one & 0xff));
        }
        return text.toString();
    }
}
