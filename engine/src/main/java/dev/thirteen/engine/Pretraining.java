package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.adapter.ValueType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Training of all parameters of a model from nothing, in fp32: cross-entropy of completions, AdamW with the gradient
 * clipped. Used by one thread at a time; closing frees native memory.
 */
public final class Pretraining implements AutoCloseable {
    /**
     * Settings of the optimizer.
     *
     * @param weightDecay of matrices; norms and biases have none
     * @param clipNorm largest norm of the gradient
     */
    public record Optimizer(double beta1, double beta2, double epsilon, double weightDecay, double clipNorm) {}

    private final ModelConfig config;
    private final Optimizer optimizer;
    private final PlainWeights weights;
    private final TorchProgram gradient;
    private final TorchProgram update;
    private final PtNDManager manager = Torch.newManager();
    private final PtNDArray[] sums;
    private final PtNDArray[] means;
    private final PtNDArray[] squares;
    private int steps;

    private Pretraining(ModelConfig config, long seed, Optimizer optimizer) {
        this.config = config;
        this.optimizer = optimizer;
        byte[] start = Safetensors.bytes(Map.of(), InitialWeights.of(config, seed));
        try (Safetensors file = Safetensors.of("initial weights", start)) {
            this.weights = new PlainWeights(
                    CheckpointTensors.find(file, config), config, TensorType.F32, Placement.one(config.layers()), true);
        }
        Map<String, Object> constants = new LinkedHashMap<>(config.constants(TensorType.F32));
        constants.put("tied", config.tied() ? "True" : "False");
        this.gradient = TorchProgram.load(
                constants, "linear.py", "blocks.py", "span_attention.py", "span_trunk.py", "trained.py", "pretrain.py");
        this.update = TorchProgram.load(constants, "trained.py", "adamw.py");
        List<PtNDArray> trained = markTrained();
        this.sums = zeros("sums", trained);
        this.means = zeros("means", trained);
        this.squares = zeros("squares", trained);
    }

    /**
     * A model that has learnt nothing.
     *
     * @param folder holds config.json
     * @param seed of the first weights
     * @param threads processor threads of libtorch; 0 means all
     */
    public static Pretraining create(Path folder, long seed, Optimizer optimizer, int threads) {
        Torch.threads(threads);
        return new Pretraining(ConfigFile.read(folder), seed, optimizer);
    }

    /** The trained tensors, each once, in the order of trained.py. */
    private List<PtNDArray> markTrained() {
        List<PtNDArray> trained = CheckpointLayout.of(config).stream()
                .map(CheckpointLayout.Entry::place)
                .distinct()
                .sorted()
                .map(this::tensor)
                .toList();
        trained.forEach(tensor -> tensor.setRequiresGradient(true));
        return trained;
    }

    private PtNDArray tensor(int place) {
        return CheckpointLayout.tensor(weights.shared(), weights.layers(), place);
    }

    private PtNDArray[] zeros(String name, List<PtNDArray> like) {
        PtNDArray[] zeros = like.stream()
                .map(tensor -> (PtNDArray) manager.zeros(tensor.getShape()))
                .toArray(PtNDArray[]::new);
        TorchProgram.nameList(name, zeros);
        return zeros;
    }

    /**
     * One step of the optimizer over all sequences, which are read by length, so that little is padded.
     *
     * @param microBatchTokens largest number of tokens in one pass; no result depends on it but by rounding
     * @return mean loss a completion token before the step, natural log
     */
    public double step(List<PolicyGradient.Sequence> sequences, double learningRate, int microBatchTokens) {
        int tokens =
                sequences.stream().mapToInt(s -> s.completionTokens().length).sum();
        double loss = 0;
        for (SequenceBatch batch : SequenceBatch.cut(sequences, microBatchTokens))
            loss += accumulate(batch, 1.0 / tokens);
        steps++;
        update(learningRate);
        return loss;
    }

    private double accumulate(SequenceBatch batch, double scale) {
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try (PtNDManager scope = Torch.newManager()) {
            List<PtNDArray> inputs = batch.inputs(scope, scale);
            inputs.addAll(Arrays.asList(weights.shared()));
            inputs.addAll(Arrays.asList(weights.layers()));
            inputs.addAll(Arrays.asList(sums));
            return gradient.call(inputs.toArray(PtNDArray[]::new)).get(0).toFloatArray()[0];
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    private void update(double learningRate) {
        try (PtNDManager scope = Torch.newManager()) {
            List<PtNDArray> inputs = new ArrayList<>();
            inputs.add(Torch.cpu(
                    scope,
                    learningRate,
                    optimizer.beta1(),
                    optimizer.beta2(),
                    optimizer.epsilon(),
                    optimizer.weightDecay(),
                    optimizer.clipNorm(),
                    1 - Math.pow(optimizer.beta1(), steps),
                    1 - Math.pow(optimizer.beta2(), steps)));
            inputs.addAll(Arrays.asList(weights.shared()));
            inputs.addAll(Arrays.asList(weights.layers()));
            for (PtNDArray[] list : List.of(sums, means, squares)) inputs.addAll(Arrays.asList(list));
            update.call(inputs.toArray(PtNDArray[]::new));
        }
    }

    /** The weights as the bytes of a safetensors file in bf16. */
    public byte[] checkpoint() {
        List<StoredTensor> stored = new ArrayList<>();
        for (CheckpointLayout.Entry entry : CheckpointLayout.of(config)) {
            float[] numbers = tensor(entry.place()).toFloatArray();
            int rowWidth = entry.elements() / entry.shape()[0];
            int from = entry.firstRow() * rowWidth;
            byte[] bytes = ValueType.BF16.encode(Arrays.copyOfRange(numbers, from, from + entry.elements()));
            stored.add(
                    new StoredTensor(entry.name(), TensorType.BF16, entry.longShape(), MemorySegment.ofArray(bytes)));
        }
        return Safetensors.bytes(Map.of("format", "pt"), stored);
    }

    @Override
    public void close() {
        manager.close();
        weights.close();
    }
}
