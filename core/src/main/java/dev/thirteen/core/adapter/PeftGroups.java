package dev.thirteen.core.adapter;

/**
 * PEFT's grouping of modules by {@code weight_tying}, which is not n_tie: the last group swallows the remainder (PEFT
 * 0.21, tinylora/layer.py).
 *
 * @param groups number of groups G
 * @param size modules in every group but the last
 */
public record PeftGroups(int groups, int size) {
    /** G = max(1, N·(1 − tying) rounded half to even), size = max(1, N div G). */
    public static PeftGroups of(int modules, double weightTying) {
        if (modules < 1 || !(weightTying >= 0 && weightTying <= 1)) {
            throw new IllegalArgumentException("modules %d, weight_tying %s".formatted(modules, weightTying));
        }
        int groups = Math.max(1, (int) Math.rint(modules * (1 - weightTying)));
        return new PeftGroups(groups, Math.max(1, modules / groups));
    }

    /** Group of a module, by its index in model order. */
    public int groupOf(int module) {
        return Math.min(module / size, groups - 1);
    }
}
