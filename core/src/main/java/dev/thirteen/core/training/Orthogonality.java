package dev.thirteen.core.training;

import dev.thirteen.core.adapter.AdaLora;
import java.util.List;

/**
 * AdaLoRA's orthogonality term as PEFT has it: γ times the mean, over all A and B, of ‖A Aᵀ − I‖ and ‖Bᵀ B − I‖ (Frobenius;
 * arXiv 2303.10512, equation 4, squares them and sums).
 *
 * @param weight γ
 */
record Orthogonality(List<AdaLora.Triplets> triplets, double weight) {
    /** Adds the term's gradient: 2 (M − I) X / ‖M − I‖ of each factor X with M = X Xᵀ. */
    void addGradient(float[] values, double[] gradient) {
        if (weight == 0) return;
        double scale = weight / (2 * triplets.size());
        for (AdaLora.Triplets one : triplets) {
            int rank = one.shape().rank();
            // Row k of the factor begins at first + k · row, and its numbers lie step apart.
            add(
                    values,
                    gradient,
                    new Rows(one.a(), one.shape().in(), 1, rank, one.shape().in()),
                    scale);
            add(values, gradient, new Rows(one.b(), 1, rank, rank, one.shape().out()), scale);
        }
    }

    private record Rows(int first, int row, int step, int rank, int width) {
        int at(int k, int i) {
            return first + k * row + i * step;
        }
    }

    private static void add(float[] values, double[] gradient, Rows rows, double scale) {
        int rank = rows.rank();
        double[] excess = new double[rank * rank];
        double squares = 0;
        for (int k = 0; k < rank; k++) {
            for (int l = 0; l < rank; l++) {
                double dot = k == l ? -1 : 0;
                for (int i = 0; i < rows.width(); i++) dot += (double) values[rows.at(k, i)] * values[rows.at(l, i)];
                excess[k * rank + l] = dot;
                squares += dot * dot;
            }
        }
        if (squares == 0) return;
        double by = 2 * scale / Math.sqrt(squares);
        for (int k = 0; k < rank; k++) {
            for (int i = 0; i < rows.width(); i++) {
                double sum = 0;
                for (int l = 0; l < rank; l++) sum += excess[k * rank + l] * values[rows.at(l, i)];
                gradient[rows.at(k, i)] += by * sum;
            }
        }
    }
}
