package dev.thirteen.core.adapter;

/**
 * What an adapter adds to one linear module: ΔW = B R A, and a bias. Arrays are row-major, not copied and not to be changed.
 *
 * @param rank k, columns of B and rows of A; 0 for no ΔW
 * @param a [rank, in]
 * @param b [out, rank]
 * @param core R, [rank, rank]; empty for the identity
 * @param bias [out]; empty for none
 */
public record ModuleUpdate(int rank, float[] a, float[] b, float[] core, float[] bias) {
    private static final float[] EMPTY = {};

    /** No change. */
    public static final ModuleUpdate NONE = new ModuleUpdate(0, EMPTY, EMPTY, EMPTY, EMPTY);

    /** ΔW = B A. */
    static ModuleUpdate factors(int rank, float[] a, float[] b) {
        return new ModuleUpdate(rank, a, b, EMPTY, EMPTY);
    }

    /** ΔW = B R A. */
    static ModuleUpdate core(int rank, float[] a, float[] b, float[] core) {
        return new ModuleUpdate(rank, a, b, core, EMPTY);
    }

    /** A bias alone. */
    static ModuleUpdate bias(float[] bias) {
        return new ModuleUpdate(0, EMPTY, EMPTY, EMPTY, bias);
    }

    /** B R, so that ΔW = (B R) A: [out, rank]; sums in fp64. */
    public float[] left() {
        if (core.length == 0) return b;
        float[] left = new float[b.length];
        for (int row = 0; row < b.length; row += rank) {
            for (int column = 0; column < rank; column++) {
                double sum = 0;
                for (int k = 0; k < rank; k++) sum += (double) b[row + k] * core[k * rank + column];
                left[row + column] = (float) sum;
            }
        }
        return left;
    }

    /** ΔW of a module: [out, in]; sums in fp64. */
    public float[] dense(AdaptedModule module) {
        int in = module.inWidth();
        float[] dense = new float[Math.multiplyExact(module.outWidth(), in)];
        float[] left = left();
        double[] row = new double[in];
        for (int o = 0; o < module.outWidth() && rank > 0; o++) {
            java.util.Arrays.fill(row, 0);
            for (int k = 0; k < rank; k++) {
                double factor = left[o * rank + k];
                for (int i = 0; i < in; i++) row[i] += factor * a[k * in + i];
            }
            for (int i = 0; i < in; i++) dense[o * in + i] = (float) row[i];
        }
        return dense;
    }

    /**
     * Derivative of a loss by the parts of an update, in their shapes; empty for parts that the family does not train.
     */
    public record Gradient(float[] a, float[] b, float[] core, float[] bias) {}
}
