package dev.thirteen.core.data;

import dev.thirteen.core.failure.Failure;
import java.util.Arrays;
import java.util.Locale;

/**
 * Which expressions serve what. The expression's hash alone decides, so that no two splits share one and no list has to be
 * kept.
 */
public enum ArithmeticSplit {
    /** What the bundled model is pretrained on. */
    PRETRAINING(14),
    /** Problems of reinforcement learning. */
    RL(3),
    /** Held out, for choosing settings. */
    DEV(1),
    /** Held out, for reporting. There are 6,561 expressions of three numbers; a tenth leaves more than 600 of them. */
    TEST(2);

    private static final int PARTS = 20;

    private final int parts;

    ArithmeticSplit(int parts) {
        this.parts = parts;
    }

    /** The split of an expression, given as text without a question mark. */
    public static ArithmeticSplit of(String expression) {
        long part = Long.remainderUnsigned(hash(expression), PARTS);
        for (ArithmeticSplit split : values()) {
            part -= split.parts;
            if (part < 0) return split;
        }
        throw new Failure(Failure.Kind.BUG, "the shares of the splits do not add up to " + PARTS);
    }

    /**
     * The split of a name: its constant in lower case.
     *
     * @throws Failure CALLER for any other name
     */
    public static ArithmeticSplit named(String name) {
        return Arrays.stream(values())
                .filter(split -> split.label().equals(name))
                .findFirst()
                .orElseThrow(() -> new Failure(Failure.Kind.CALLER, "arithmetic has no split '" + name + "'"));
    }

    /** The name as in run files. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** FNV-1a of 64 bits, whose low bits are then mixed with the high ones (the finalizer of MurmurHash3). */
    private static long hash(String expression) {
        long hash = 0xCBF29CE484222325L;
        for (int i = 0; i < expression.length(); i++) hash = (hash ^ expression.charAt(i)) * 0x100000001B3L;
        hash = (hash ^ hash >>> 33) * 0xFF51AFD7ED558CCDL;
        return hash ^ hash >>> 33;
    }
}
