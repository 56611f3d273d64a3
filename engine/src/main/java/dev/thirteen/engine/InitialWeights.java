package dev.thirteen.engine;

import dev.thirteen.core.sampling.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Weights of a model that has learnt nothing: matrices N(0, 0.02²), norms 1, biases 0, as Hugging Face starts a model. */
final class InitialWeights {
    private static final double DEVIATION = 0.02;

    private InitialWeights() {}

    /** The tensors of a checkpoint in fp32, the same for the same seed. */
    static List<StoredTensor> of(ModelConfig config, long seed) {
        List<StoredTensor> tensors = new ArrayList<>();
        for (CheckpointLayout.Entry entry : CheckpointLayout.of(config)) {
            float[] numbers = new float[entry.elements()];
            if (entry.shape().length == 1) Arrays.fill(numbers, entry.name().endsWith(".bias") ? 0 : 1);
            else fillNormal(numbers, seed, tensors.size());
            tensors.add(StoredTensor.of(entry.name(), numbers, entry.longShape()));
        }
        return tensors;
    }

    /** The transform of Box and Muller (1958). StrictMath, so that every machine starts from the same bits. */
    private static void fillNormal(float[] numbers, long seed, long stream) {
        for (int i = 0; i < numbers.length; i++) {
            double first = CounterRandom.uniformDouble(seed, stream, 2L * i);
            double second = CounterRandom.uniformDouble(seed, stream, 2L * i + 1);
            double normal = Math.sqrt(-2 * StrictMath.log(1 - first)) * StrictMath.cos(2 * Math.PI * second);
            numbers[i] = (float) (DEVIATION * normal);
        }
    }
}
