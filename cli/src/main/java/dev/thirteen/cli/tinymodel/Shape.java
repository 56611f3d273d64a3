package dev.thirteen.cli.tinymodel;

/**
 * The architecture and the size of the tiny model: four heads, two key-value heads, and a feed-forward part three times as
 * wide as the rest. The two architectures differ in the biases of queries, keys and values alone.
 *
 * @param hidden width, a multiple of 8
 */
record Shape(Architecture architecture, int hidden, int layers) {
    static final int HEADS = 4;
    static final int KEY_VALUE_HEADS = 2;

    /** An architecture; the constants are spelled as a person writes them. */
    enum Architecture {
        qwen2("Qwen2"),
        llama("Llama");

        private final String title;

        Architecture(String title) {
            this.title = title;
        }

        /** As papers write it; Hugging Face's class begins with it. */
        String title() {
            return title;
        }
    }

    Shape {
        if (hidden < 8 || hidden % 8 != 0 || layers < 1) {
            throw new IllegalArgumentException("hidden must be a multiple of 8, layers at least 1");
        }
    }

    int intermediate() {
        return 3 * hidden;
    }

    /** Weights, with embeddings tied. */
    long parameters() {
        long attention = 3L * hidden * hidden; // q and o whole, k and v half as wide
        long biases = architecture == Architecture.qwen2 ? 2L * hidden : 0;
        long layer = attention + biases + 3L * hidden * intermediate() + 2L * hidden;
        return layers * layer + (long) Characters.COUNT * hidden + hidden;
    }
}
