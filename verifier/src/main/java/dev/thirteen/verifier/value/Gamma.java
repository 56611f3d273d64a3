package dev.thirteen.verifier.value;

/** The gamma function of real numbers by Lanczos' approximation (g = 7, nine terms; relative error about 1e-15). */
final class Gamma {
    private static final double G = 7;
    private static final double[] TERMS = {
        0.99999999999980993,
        676.5203681218851,
        -1259.1392167224028,
        771.32342877765313,
        -176.61502916214059,
        12.507343278686905,
        -0.13857109526572012,
        9.9843695780195716e-6,
        1.5056327351493116e-7
    };
    private static final double ERROR = 1e-13;
    private static final int FARTHEST = 100;

    private Gamma() {}

    /** x! = Γ(x + 1), also between whole numbers; negative ones by x! = (x + 1)! / (x + 1). */
    static Approx factorial(Approx x) {
        if (!x.isReal() || Math.abs(x.re()) > FARTHEST) throw new UnevaluableException("no factorial of that");
        double shifted = x.re();
        double divisor = 1;
        double nearest = 1;
        while (shifted < 0) {
            shifted++;
            divisor *= shifted;
            nearest = Math.min(nearest, Math.abs(shifted));
        }
        if (nearest < 1e-3) throw new UnevaluableException("near a pole");
        double value = positive(shifted) / divisor;
        // The logarithm's slope is below log(x + 1) + 1, and beside the poles about one over the distance.
        double slope = Math.log(shifted + 2) + 1 + FARTHEST / nearest;
        return Approx.of(value, 0, Math.abs(value) * (ERROR + slope * x.error()));
    }

    private static double positive(double x) {
        double series = TERMS[0];
        for (int i = 1; i < TERMS.length; i++) series += TERMS[i] / (x + i);
        double base = x + G + 0.5;
        return Math.sqrt(2 * Math.PI) * Math.pow(base, x + 0.5) * Math.exp(-base) * series;
    }
}
