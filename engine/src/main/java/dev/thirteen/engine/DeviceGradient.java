package dev.thirteen.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.device.Accelerator;
import dev.thirteen.engine.device.DeviceBackward;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gradients by the device's own kernels, for adapters whose R is trained, with libtorch's attention between them.
 * Threads wait for each other.
 */
final class DeviceGradient implements AutoCloseable {
    /** Most tokens of one pass. */
    private static final int MOST_TOKENS = 16_384;
    /** Memory is taken for so many tokens at once. */
    private static final int TOKEN_STEP = 4_096;
    /** Gate and up of all layers are kept for the way back up to this many bytes, else computed again. */
    private static final long WIDE_BYTES = 16L << 30;

    private final PtNDManager manager;
    private final BaseModel base;
    private final Basis basis;
    private final int tokens;
    private final AdapterForm form;
    private final SequenceAttention attention;
    private final PtNDArray x;
    private final PtNDArray gradient;
    private final DeviceBackward kernels;

    /** Of what the manager does not own the kernels alone can fail, and come last. */
    private DeviceGradient(BaseModel base, Basis basis, int tokens, Accelerator accelerator, PtNDManager manager) {
        this.manager = manager;
        this.base = base;
        this.basis = basis;
        this.tokens = tokens;
        this.form = new AdapterForm(base.shape(), AdapterForm.rank(basis));
        ModelConfig config = base.config();
        this.attention = new SequenceAttention(base, manager, tokens);
        this.x = DeviceSteps.matrix(base, manager, tokens, config.hidden());
        this.gradient = Torch.of(manager, new float[tokens * config.hidden()], tokens, config.hidden());
        long wide = 4L * tokens * config.intermediate() * config.layers();
        this.kernels = accelerator.backward(
                DeviceSteps.shape(config),
                DeviceSteps.addresses(base),
                form.adapter(basis.family()),
                tokens,
                wide <= WIDE_BYTES,
                attention.tensors(TensorAddress.of(x), TensorAddress.of(gradient)));
    }

    /**
     * For policies of a basis and this many tokens, where {@link #refusal} gives none; the room behind the weights must be
     * claimed.
     *
     * @throws Failure where a library, a function or memory is missing; nothing is left then
     */
    static DeviceGradient of(BaseModel base, Basis basis, int tokens) {
        return make(base, basis, (tokens + TOKEN_STEP - 1) / TOKEN_STEP * TOKEN_STEP, Accelerator.find());
    }

    static DeviceGradient make(BaseModel base, Basis basis, int tokens, Accelerator accelerator) {
        return Torch.owning(manager -> new DeviceGradient(base, basis, tokens, accelerator, manager));
    }

    /** Why the kernels cannot do it. */
    static Optional<String> refusal(BaseModel base, Basis basis, int tokens) {
        if (tokens > MOST_TOKENS) {
            return Optional.of("kernels of their own take %d tokens a pass".formatted(MOST_TOKENS));
        }
        if (base.config().family().qkNorm()) return Optional.of("kernels of their own know no norms of q and k");
        return DeviceSteps.refusal(base).or(() -> DevicePolicies.refusal(basis));
    }

    /** Whether it is for policies with the A and B of this basis and so many tokens. */
    boolean serves(@Nullable Basis other, int count) {
        return other != null && other.frozen().equals(basis.frozen()) && count <= tokens;
    }

    /** Log-probs and gradient, as {@link GradientPass#backward}. */
    synchronized PolicyGradient.Result backward(
            Policy policy,
            SequenceBatch batch,
            double temperature,
            boolean entropies,
            PolicyGradient.TokenWeights weights) {
        kernels.enter();
        kernels.core(form.cores(policy));
        batch.write(kernels.rows());
        try (PtNDManager scope = Torch.newManager()) {
            attention.over(scope, batch);
            kernels.forward(batch.tokens(), attention);
            PtNDArray select = batch.select(scope);
            PtNDArray targets = batch.targets(scope);
            NDList head = entropies
                    ? headWithEntropies(scope, select, targets, temperature)
                    : head(scope, select, targets, temperature);
            float[] numbers = head.get(0).toFloatArray();
            float[] slopes = batch.slopes(numbers, entropies, weights);
            headBack(
                    base,
                    List.of(x, select, (PtNDArray) head.get(1), Torch.of(scope, slopes, slopes.length), gradient));
            float[] byCores = kernels.backward(batch.tokens(), attention);
            return new PolicyGradient.Result(form.gradient(policy, byCores), batch.split(numbers, 0));
        }
    }

    /** Log-probs and directions, as head.py gives them. */
    private NDList head(PtNDManager scope, PtNDArray select, PtNDArray targets, double temperature) {
        NDList head = base.program("head_room.py").call(x, select);
        head.attach(scope);
        kernels.head(new DeviceBackward.Head(
                (int) select.size(),
                TensorAddress.of(select),
                TensorAddress.of(targets),
                temperature,
                TensorAddress.of((PtNDArray) head.get(0)),
                TensorAddress.of((PtNDArray) head.get(1))));
        return head;
    }

    private NDList headWithEntropies(PtNDManager scope, PtNDArray select, PtNDArray targets, double temperature) {
        return headWithEntropies(scope, base, List.of(x, select, targets, Torch.cpu(scope, temperature)));
    }

    /**
     * In normal mode: a gradient takes part in what it makes.
     *
     * @param tensors x, select, targets and temperature, as head.py says
     */
    static NDList headWithEntropies(PtNDManager scope, BaseModel base, List<PtNDArray> tensors) {
        List<PtNDArray> inputs = new ArrayList<>(tensors);
        inputs.addAll(Arrays.asList(base.weights().shared()));
        NDList head = base.program("linear.py", "blocks.py", "head.py").call(inputs.toArray(PtNDArray[]::new));
        head.attach(scope);
        return head;
    }

    /** @param tensors x, select, directions, slopes and the gradient to be set, as head_back.py says */
    static void headBack(BaseModel base, List<PtNDArray> tensors) {
        List<PtNDArray> inputs = new ArrayList<>(tensors);
        inputs.addAll(Arrays.asList(base.weights().shared()));
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try {
            base.program("linear.py", "blocks.py", "head_back.py")
                    .call(inputs.toArray(PtNDArray[]::new))
                    .close();
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    @Override
    public void close() {
        kernels.enter();
        kernels.close();
        manager.close();
    }
}
