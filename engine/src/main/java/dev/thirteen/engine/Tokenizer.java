package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The tokenizer and chat template of a base model. Shared by threads. */
public interface Tokenizer {
    /** One turn of a chat. */
    record Turn(String role, String content) {}

    /** A tokenizer that was opened without its model; whoever opened it closes it. */
    interface Opened extends Tokenizer, AutoCloseable {
        @Override
        void close();
    }

    /**
     * Opens the tokenizer of a Hugging Face folder, which need not have weights.
     *
     * @throws Failure CALLER naming the file that is missing or wrong
     */
    static Opened open(Path folder) {
        return HfTokenizer.load(folder);
    }

    /** Ids of a text; with the tokenizer's own special tokens (post-processor) when asked for. */
    int[] encode(String text, boolean addSpecialTokens);

    /** Text of ids; incomplete characters become U+FFFD. */
    String decode(int[] ids, boolean skipSpecialTokens);

    /**
     * What the token adds to a text, those bytes too that are no whole character: the bytes of tokens put together are their
     * text without special tokens, which add nothing.
     *
     * @param first whether none but special tokens stand before it: some tokenizers leave out a space there
     */
    byte[] bytes(int id, boolean first);

    /**
     * The text of a chat rendered by the model's template; {@link #encode} without special tokens gives its ids.
     *
     * @param messages maps with role, content and whatever else the template reads: lists, maps, texts, numbers
     * @param arguments further variables of the template, such as tools or enable_thinking
     * @throws Failure CALLER when the model has no template, or the template raises or cannot be rendered
     */
    String renderChat(List<? extends Map<String, ?>> messages, boolean addGenerationPrompt, Map<String, ?> arguments);

    /**
     * Ids of a chat rendered by the model's template, with the assistant's header at the end.
     *
     * @throws Failure CALLER when the model has no template, or the template raises
     */
    default int[] encodeChat(List<Turn> turns) {
        // The template writes the begin token itself, so the post-processor must not.
        return encode(renderChat(ChatTemplate.messages(turns), true, Map.of()), false);
    }

    /** Whether a token ends a completion (eos ids of generation_config.json and config.json). */
    boolean isStop(int id);

    /** The token that ends a completion that is given: the first eos id. @throws Failure CALLER when there is none */
    int endToken();

    /** "sha256:" and 64 hex digits of tokenizer.json. */
    String digest();
}
