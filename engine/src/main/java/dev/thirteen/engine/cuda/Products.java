package dev.thirteen.engine.cuda;

/** Matrix products by whatever does them best: own kernels for few rows, tuned ones for shapes that come again, else cuBLAS. */
final class Products {
    private final Cublas cublas;
    private final TunedProducts tuned;

    Products(Driver driver) {
        this.cublas = new Cublas(driver);
        this.tuned = new TunedProducts(driver);
    }

    /**
     * y [rows, out] = x [rows, in] wᵀ.
     *
     * @param next what may be asked for already, where own kernels multiply
     */
    void multiply(StepKernels kernels, TunedProducts.Shape of, long x, long w, long y, StepKernels.Next next) {
        if (StepKernels.isThin(of.rows())) kernels.thin(of, x, w, y, next);
        else if (tuned.knows(of)) tuned.linear(of, x, w, y);
        else cublas.linear(of, x, w, y);
    }

    /** Prepares a shape that will come again; must not be called while a graph is captured. */
    void tune(TunedProducts.Shape of, long x, long w, long y) {
        if (!StepKernels.isThin(of.rows())) tuned.tune(of, x, w, y);
    }

    void close() {
        cublas.close();
        tuned.close();
    }
}
