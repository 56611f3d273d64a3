package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.AdapterFamily.TrainedPart;
import dev.thirteen.core.adapter.ModuleUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The adapter of a policy as the leaves of a gradient: R, A and B, or biases, in fp32, whatever its family trains. Of several
 * policies where they have one A and B, frozen: a leaf then has the R of all.
 */
final class TrainedAdapter implements AutoCloseable, AdapterInputs.Factors {
    private static final int KINDS = AdapterLayout.KIND_COUNT;
    private static final float[] NONE = {};

    private final BaseModel base;
    private final List<AdapterFamily> families;
    private final List<AdapterLayout> layouts;
    private final AdapterLayout layout;
    private final List<FactorTensors> held = new ArrayList<>();
    private final AdapterInputs inputs;
    private final List<PtNDArray> leaves;

    TrainedAdapter(BaseModel base, List<Policy> policies) {
        this.base = base;
        this.families = policies.stream()
                .map(policy -> Objects.requireNonNull(policy.basis()).family())
                .toList();
        this.layouts = policies.stream()
                .map(policy -> new AdapterLayout(
                        base.shape(), Objects.requireNonNull(policy.basis()).family(), policy.values()))
                .toList();
        this.layout = layouts.getFirst();
        this.inputs = new AdapterInputs(base, policies, this);
        this.leaves = leaves();
        leaves.forEach(leaf -> leaf.setRequiresGradient(true));
    }

    @Override
    public FactorTensors frozen(Basis basis) {
        return hold(FactorTensors.frozen(base, basis.family()));
    }

    @Override
    public FactorTensors own(Policy policy) {
        return hold(FactorTensors.own(base, layout, TensorType.F32));
    }

    private FactorTensors hold(FactorTensors tensors) {
        held.add(tensors);
        return tensors;
    }

    AdapterInputs inputs() {
        return inputs;
    }

    private List<PtNDArray> leaves() {
        List<PtNDArray> found = new ArrayList<>();
        TrainedPart part = families.getFirst().trainedPart();
        for (int kind = 0; kind < KINDS; kind++) {
            if (part == TrainedPart.CORE && layout.side(kind) > 0) found.add(inputs.termTensors()[kind]);
        }
        if (part == TrainedPart.BIAS) found.add(inputs.termTensors()[KINDS + 1]);
        for (int at = 0; at < base.shape().layers() * KINDS && part == TrainedPart.FACTORS; at++) {
            if (layout.rank(at / KINDS, at % KINDS) == 0) continue;
            found.add(inputs.factorTensors()[4 * at + 2]);
            found.add(inputs.factorTensors()[4 * at + 3]);
        }
        return found;
    }

    /** Forgets the gradient of the pass before. */
    void zeroGradients() {
        leaves.forEach(JniUtils::zeroGrad);
    }

    /**
     * After a backward pass, adds the gradient by the trained values.
     *
     * @param present numbers of the policies that took part
     * @param gradients one array a policy, by its number
     */
    void addGradients(int[] present, double[][] gradients) {
        double[][] parts = new double[gradients.length][];
        for (int policy : present) parts[policy] = new double[gradients[policy].length];
        switch (families.getFirst().trainedPart()) {
            case CORE -> addCores(present, parts);
            case FACTORS -> addFactors(parts[0]);
            case BIAS -> addBiases(parts[0]);
        }
        for (int policy : present) {
            for (int i = 0; i < parts[policy].length; i++) gradients[policy][i] += parts[policy][i];
        }
    }

    private void addCores(int[] present, double[][] gradients) {
        for (int kind = 0; kind < KINDS; kind++) {
            int side = layout.side(kind);
            if (side == 0) continue;
            // [layers, policies, side, side]
            float[] all = gradientOf(inputs.termTensors()[kind]);
            for (int policy : present) {
                for (int layer = 0; layer < base.shape().layers(); layer++) {
                    int first = (layer * layouts.size() + policy) * side * side;
                    float[] one = Arrays.copyOfRange(all, first, first + side * side);
                    layouts.get(policy)
                            .addGradient(
                                    layer,
                                    kind,
                                    side,
                                    new ModuleUpdate.Gradient(NONE, NONE, one, NONE),
                                    gradients[policy]);
                }
            }
        }
    }

    private void addFactors(double[] gradient) {
        for (int at = 0; at < base.shape().layers() * KINDS; at++) {
            int layer = at / KINDS;
            int kind = at % KINDS;
            int rank = layout.rank(layer, kind);
            if (rank == 0) continue;
            float[] a = gradientOf(inputs.factorTensors()[4 * at + 2]);
            float[] b = gradientOf(inputs.factorTensors()[4 * at + 3]);
            layout.addGradient(layer, kind, rank, new ModuleUpdate.Gradient(a, b, NONE, NONE), gradient);
        }
    }

    private void addBiases(double[] gradient) {
        float[] all = gradientOf(inputs.termTensors()[KINDS + 1]);
        int at = 0;
        for (int linear = 0; linear < base.shape().layers() * KINDS; linear++) {
            int out = layout.outWidth(linear % KINDS);
            float[] one = Arrays.copyOfRange(all, at, at + out);
            ModuleUpdate.Gradient part = new ModuleUpdate.Gradient(NONE, NONE, NONE, one);
            layout.addGradient(linear / KINDS, linear % KINDS, 0, part, gradient);
            at += out;
        }
    }

    private static float[] gradientOf(PtNDArray leaf) {
        try (PtNDArray gradient = leaf.getGradient()) {
            return gradient.toFloatArray();
        }
    }

    @Override
    public void close() {
        inputs.close();
        held.forEach(FactorTensors::close);
    }
}
