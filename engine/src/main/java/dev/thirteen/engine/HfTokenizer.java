package dev.thirteen.engine;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/** The tokenizer.json of a Hugging Face folder with its chat template and stop tokens. */
final class HfTokenizer implements Tokenizer.Opened {
    /** What is read of a folder, in so far as it is there. */
    static final List<String> FILES = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "generation_config.json",
            "config.json",
            "chat_template.jinja",
            "additional_chat_templates/tool_use.jinja");

    private static final char INCOMPLETE = '\uFFFD';

    /** Special tokens and halves of characters that a vocabulary may begin with. */
    private static final int MOST_SPECIAL = 4096;

    private final HuggingFaceTokenizer tokenizer;
    private final Optional<ChatTemplate> template;
    private final Path folder;
    private final StopTokens stops;
    private final String digest;
    /** Of tokens that are no whole characters. */
    private final TokenBytes halves;
    /** A token with a text of its own, to stand before others; any where none is found. */
    private final int anchor;

    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private boolean closed;

    private HfTokenizer(HuggingFaceTokenizer tokenizer, Optional<ChatTemplate> template, Path folder, String digest) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.folder = folder;
        this.digest = digest;
        this.halves = new TokenBytes(folder.resolve("tokenizer.json"), digest);
        this.stops = stops(folder);
        this.anchor = anchor();
    }

    /**
     * Reads {@link #FILES} of a folder.
     *
     * @throws Failure CALLER naming the file that is missing or wrong
     */
    static HfTokenizer load(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        byte[] bytes = ModelFiles.bytes(file);
        Optional<ChatTemplate> template = ChatTemplate.read(folder);
        TokenizerLibrary.locate();
        Map<String, String> whole = Map.of("truncation", "false", "padding", "false");
        try {
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), whole);
            return new HfTokenizer(tokenizer, template, folder, Digests.sha256(bytes));
        } catch (IOException | RuntimeException e) {
            if (e instanceof Failure failure) throw failure;
            throw new Failure(Failure.Kind.CALLER, file + " is no tokenizer: " + e.getMessage(), e);
        }
    }

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        if (text.isEmpty() && !addSpecialTokens) return new int[0];
        return Arrays.stream(open(() -> ids(text, addSpecialTokens)))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /** DJL's own encode makes five numbers, a text and a span of each token too: twenty times as much heap. */
    private long[] ids(String text, boolean addSpecialTokens) {
        long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, addSpecialTokens);
        try {
            return TokenizersLibrary.LIB.getTokenIds(encoding);
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    @Override
    public String decode(int[] ids, boolean skipSpecialTokens) {
        long[] wide = Arrays.stream(ids).asLongStream().toArray();
        return open(() -> tokenizer.decode(wide, skipSpecialTokens));
    }

    @Override
    public byte[] bytes(int id, boolean first) {
        String text = first ? decode(new int[] {id}, true) : behindAnother(id);
        Optional<byte[]> half = text.indexOf(INCOMPLETE) < 0 ? Optional.empty() : halves.half(id);
        return half.orElseGet(() -> text.getBytes(StandardCharsets.UTF_8));
    }

    private String behindAnother(int id) {
        String before = decode(new int[] {anchor}, true);
        String both = decode(new int[] {anchor, id}, true);
        // Bytes of half a character may take in those before them.
        return both.startsWith(before) ? both.substring(before.length()) : both;
    }

    private int anchor() {
        for (int id = 0; id < MOST_SPECIAL; id++) {
            String text = decode(new int[] {id}, true);
            if (!text.isBlank() && text.indexOf(INCOMPLETE) < 0) return id;
        }
        return 0;
    }

    @Override
    public String renderChat(
            List<? extends Map<String, ?>> messages, boolean addGenerationPrompt, Map<String, ?> arguments) {
        return template.orElseThrow(() -> ChatTemplate.missing(folder))
                .render(messages, addGenerationPrompt, arguments);
    }

    @Override
    public boolean isStop(int id) {
        return stops.has(id);
    }

    @Override
    public String digest() {
        return digest;
    }

    /** A model may be unloaded while a call is using its tokenizer: closing waits for it, and later calls are told. */
    private <T> T open(Supplier<T> work) {
        use.readLock().lock();
        try {
            if (!closed) return work.get();
            throw new Failure(Failure.Kind.CAPACITY, "the model was just unloaded to make room; try again");
        } finally {
            use.readLock().unlock();
        }
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            closed = true;
            tokenizer.close();
        } finally {
            use.writeLock().unlock();
        }
    }

    @Override
    public int endToken() {
        return stops.first();
    }

    private StopTokens stops(Path folder) {
        StopTokens all = StopTokens.of(folder);
        String token = ChatTemplate.text(ModelFiles.jsonIfPresent(folder.resolve("tokenizer_config.json"))
                .path("eos_token"));
        int[] encoded = encode(token, false);
        if (encoded.length == 1) all.add(encoded[0]);
        return all;
    }
}
