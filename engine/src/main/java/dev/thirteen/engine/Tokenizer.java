package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.util.List;

/** The tokenizer and chat template of a base model. Shared by threads. */
public interface Tokenizer {
    /** One turn of a chat. */
    record Turn(String role, String content) {}

    /** Ids of a text; with the tokenizer's own special tokens (post-processor) when asked for. */
    int[] encode(String text, boolean addSpecialTokens);

    /** Text of ids; incomplete characters become U+FFFD. */
    String decode(int[] ids, boolean skipSpecialTokens);

    /**
     * Ids of a chat rendered by the model's template, with the assistant's header at the end.
     *
     * @throws Failure CALLER when the model has no template, or the template raises
     */
    int[] encodeChat(List<Turn> turns);

    /** Whether a token ends a completion (eos ids of generation_config.json and config.json). */
    boolean isStop(int id);

    /** "sha256:" and 64 hex digits of tokenizer.json. */
    String digest();
}
