package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What stands for the tokenizer of a folder that has none: it knows which tokens end a text, and refuses what needs texts. */
record MissingTokenizer(Path file, StopTokens stops) implements Tokenizer.Opened {
    /** Of a folder without tokenizer.json. */
    static MissingTokenizer of(Path folder) {
        return new MissingTokenizer(folder.resolve("tokenizer.json"), StopTokens.of(folder));
    }

    private Failure missing() {
        return new Failure(Failure.Kind.CALLER, file + " is missing");
    }

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        throw missing();
    }

    @Override
    public String decode(int[] ids, boolean skipSpecialTokens) {
        throw missing();
    }

    @Override
    public byte[] bytes(int id, boolean first) {
        throw missing();
    }

    @Override
    public String renderChat(
            List<? extends Map<String, ?>> messages, boolean addGenerationPrompt, Map<String, ?> arguments) {
        throw missing();
    }

    @Override
    public boolean isStop(int id) {
        return stops.has(id);
    }

    @Override
    public int endToken() {
        return stops.first();
    }

    @Override
    public String digest() {
        throw missing();
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
