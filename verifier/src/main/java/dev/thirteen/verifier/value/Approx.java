package dev.thirteen.verifier.value;

/**
 * A complex number in floating point.
 *
 * @param error bound of the distance to the true value, roughly
 */
public record Approx(double re, double im, double error) {
    static final double EPSILON = 0x1p-52;

    static Approx of(double re, double im, double error) {
        double size = Math.abs(re) + Math.abs(im);
        if (!(size < 1e290) || !(error < 1e290)) throw new UnevaluableException("out of bounds");
        return new Approx(re, im, error + size * EPSILON);
    }

    /** Its absolute value. */
    public double size() {
        return im == 0 ? Math.abs(re) : Math.hypot(re, im);
    }

    /** Whether its imaginary part is nothing but error. */
    public boolean isReal() {
        return Math.abs(im) <= 8 * error + 1e-13 * Math.abs(re);
    }
}
