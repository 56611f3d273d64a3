package dev.thirteen.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.Map;

/**
 * The first singular triplets of a weight [out, in], computed in fp64: W ≈ U diag(S) Vᵀ. The largest-magnitude entry of each
 * column of U is positive, which fixes the signs.
 *
 * @param rank number of triplets r
 * @param u [out, rank]
 * @param s [rank], largest first
 * @param v [in, rank]
 */
public record TruncatedSvd(int rank, float[] u, float[] s, float[] v) {
    // Up to this side a full SVD is quicker than an iteration on the Gram matrix.
    private static final long FULL_SIDE = 128;
    // Columns beyond the rank: singular values that lie close together then do not slow the iteration down.
    private static final int EXTRA_COLUMNS = 14;
    private static final int ITERATIONS = 50;
    private static final long START_SEED = 13;

    /** The same of a weight [out, in] given row by row. */
    public static TruncatedSvd of(float[] weight, int out, int in, int rank) {
        try (PtNDManager scope = Torch.newManager()) {
            return of(Torch.of(scope, weight, out, in), rank);
        }
    }

    /** Computes it in one call of libtorch. */
    static TruncatedSvd of(PtNDArray weight, int rank) {
        long side = Math.min(weight.getShape().get(0), weight.getShape().get(1));
        int columns = rank + EXTRA_COLUMNS;
        boolean full = side <= Math.max(FULL_SIDE, 4L * columns);
        TorchProgram program = TorchProgram.load(Map.of(), "truncated_svd.py");
        try (PtNDManager scope = Torch.newManager();
                IValue matrix = IValue.from(weight);
                IValue start = IValue.from(start(scope, full ? 1 : side, columns));
                IValue triplets = IValue.from((long) rank);
                IValue iterations = IValue.from(full ? 0L : ITERATIONS)) {
            NDList result = program.infer(scope, matrix, start, triplets, iterations);
            return new TruncatedSvd(
                    rank,
                    result.get(0).toFloatArray(),
                    result.get(1).toFloatArray(),
                    result.get(2).toFloatArray());
        }
    }

    private static PtNDArray start(PtNDManager scope, long rows, int columns) {
        int numbers = Math.toIntExact(rows * columns);
        return Torch.of(scope, new TorchRandom(START_SEED).normal(numbers, 1), rows, columns);
    }

    /** diag(S^power) Vᵀ: [rank, in]. */
    public float[] a(double power) {
        int in = v.length / rank;
        float[] a = new float[v.length];
        for (int k = 0; k < rank; k++) {
            double by = Math.pow(s[k], power);
            for (int i = 0; i < in; i++) a[k * in + i] = (float) (by * v[i * rank + k]);
        }
        return a;
    }

    /** U diag(S^power): [out, rank]. */
    public float[] b(double power) {
        float[] b = new float[u.length];
        for (int i = 0; i < b.length; i++) b[i] = (float) (Math.pow(s[i % rank], power) * u[i]);
        return b;
    }
}
