package dev.thirteen.engine.device;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the kernels need to know of a decoder.
 *
 * @param width numbers a head
 * @param positions longest sequence in tokens
 */
public record DecoderShape(
        int layers,
        int hidden,
        int intermediate,
        int heads,
        int keyValueHeads,
        int width,
        int vocabulary,
        int positions,
        double normEps,
        boolean qkNorm) {
    private static final int MODULES = 7;
    /** Largest rank of a module. */
    public static final int MAX_RANK = 16;
    /** Rows of each matrix behind the weight's own, for the A of an adapter. */
    public static final int ROOM = extra(MAX_RANK);

    /** Numbers of a row that a thread takes, and threads that a block has at most. */
    private static final int MOST_HIDDEN = 8 * 1024;

    /**
     * Columns of each product behind the weight's own, the A x of an adapter: three modules stand behind q, k and v. A
     * multiple of 8, as rows are aligned.
     */
    public static int extra(int rank) {
        return Math.max(16, (3 * rank + 7) / 8 * 8);
    }

    /** Numbers of R of all modules: [layers, 7 modules, rank, rank]. */
    public int coreNumbers(int rank) {
        return layers * MODULES * rank * rank;
    }

    /** Why the kernels cannot do this shape; empty when they can. */
    public Optional<String> refusal() {
        if (heads / keyValueHeads > 8) return Optional.of("more than 8 query heads share a key-value head");
        if (width % 64 != 0 || width > 128) return Optional.of("heads are %d wide, not 64 or 128".formatted(width));
        if (vocabulary > 262_144) return Optional.of("the vocabulary has more than 262,144 words");
        if (hidden > MOST_HIDDEN) return Optional.of("the hidden size is above " + MOST_HIDDEN);
        if (hidden % 8 != 0 || intermediate % 8 != 0) return Optional.of("widths are no multiple of 8");
        return Optional.empty();
    }

    /** Outputs of a fused linear: 0 is qkv, 1 o, 2 gate and up, 3 down. */
    public int out(int kind) {
        return switch (kind) {
            case 0 -> qkv();
            case 2 -> 2 * intermediate;
            default -> hidden;
        };
    }

    /** Inputs of a fused linear. */
    public int in(int kind) {
        return switch (kind) {
            case 1 -> heads * width;
            case 3 -> intermediate;
            default -> hidden;
        };
    }

    /** Rows of q, k and v together. */
    public int qkv() {
        return (heads + 2 * keyValueHeads) * width;
    }

    /** Logits of a row, filled up so that rows are aligned. */
    public int logits() {
        return (vocabulary + 7) / 8 * 8;
    }

    /** What the kernels are compiled for. */
    public Map<String, Object> constants(int rank) {
        Map<String, Object> constants = new LinkedHashMap<>();
        constants.put("HIDDEN", hidden);
        constants.put("INTERMEDIATE", intermediate);
        constants.put("HEADS", heads);
        constants.put("KV_HEADS", keyValueHeads);
        constants.put("WIDTH", width);
        constants.put("VOCABULARY", vocabulary);
        constants.put("EPS", normEps + "f");
        constants.put("QK_NORM", qkNorm ? 1 : 0);
        constants.put("EXTRA", extra(rank));
        constants.put("RANK", rank);
        return constants;
    }
}
