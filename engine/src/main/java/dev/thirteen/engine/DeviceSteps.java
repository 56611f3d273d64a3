package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.device.Accelerator;
import dev.thirteen.engine.device.DecoderAddresses;
import dev.thirteen.engine.device.DecoderShape;
import dev.thirteen.engine.device.DeviceDecoder;
import dev.thirteen.engine.device.DeviceRows;
import dev.thirteen.engine.device.FallbackLog;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decode steps by the device's own kernels, over the cache of the programs. Where there are none, or for rows that they
 * cannot do (filters, adapters of other families), the programs decode.
 */
final class DeviceSteps implements DecodeKernels {
    /** Steps of the same rows after which the next one is worth a bet. */
    private static final int STEADY = 8;

    /** "programs" keeps the kernels off, to compare. */
    static final String KERNELS = "thirteen.engine.kernels";

    private final PtNDManager manager;
    private final DeviceDecoder decoder;
    private final PromptAttention attention;
    private final DevicePolicies policies;
    private final ModelWeights weights;
    private PtNDArray @Nullable [] cache;
    /** Rows of the last step, how many steps they have been the same, and the step that was started ahead. */
    private List<DecodeRow> last = List.of();

    private int steady;
    private @Nullable Supplier<double[]> ahead;

    /** Of what the manager does not own the kernels alone can fail, and come last. */
    private DeviceSteps(BaseModel base, int maxRows, Accelerator accelerator, PtNDManager manager) {
        this.manager = manager;
        this.weights = base.weights();
        this.attention = new PromptAttention(base, manager);
        DecoderShape shape = shape(base.config());
        PtNDArray logits = matrix(base, manager, DeviceDecoder.size(maxRows), shape.logits());
        this.decoder = accelerator.decoder(shape, addresses(base), maxRows, TensorAddress.of(logits));
        this.policies = new DevicePolicies(decoder, base.shape());
    }

    /** @throws Failure where a library, a function or memory is missing; nothing is left then */
    static DeviceSteps make(BaseModel base, int maxRows, Accelerator accelerator) {
        return Torch.owning(manager -> new DeviceSteps(base, maxRows, accelerator, manager));
    }

    /** The kernels for a model; empty, and said once in the log, where a device is there that cannot run them. */
    static Optional<DeviceSteps> of(BaseModel base, int maxRows) {
        if (!Torch.onGpu()) return Optional.empty();
        Optional<String> refusal = refusal(base);
        if (refusal.isEmpty()) {
            try {
                return Optional.of(make(base, maxRows, Accelerator.find()));
            } catch (Failure | LinkageError e) {
                refusal = Optional.of(String.valueOf(e.getMessage()));
            }
        }
        FallbackLog.say("decoding by programs", refusal.get());
        return Optional.empty();
    }

    /** Why the kernels cannot serve a model, whatever its adapters. */
    static Optional<String> refusal(BaseModel base) {
        if (base.compute() != TensorType.BF16) return Optional.of("kernels of its own compute in bf16 alone");
        if (!base.placement().single()) return Optional.of("kernels of its own work on one device only");
        if ("programs".equals(System.getProperty(KERNELS))) return Optional.of(KERNELS + " is programs");
        return shape(base.config()).refusal();
    }

    static DecoderShape shape(ModelConfig config) {
        return new DecoderShape(
                config.layers(),
                config.hidden(),
                config.intermediate(),
                config.heads().query(),
                config.heads().keyValue(),
                config.heads().width(),
                config.vocabulary(),
                config.maxPositions(),
                config.normEps(),
                config.family().qkNorm());
    }

    /** Zeros on the device, [rows, columns] in bf16. */
    static PtNDArray matrix(BaseModel base, PtNDManager manager, long rows, long columns) {
        TorchProgram zeros = TorchProgram.load(base.config().constants(base.compute()), "room.py");
        PtNDArray start = Torch.of(manager, new float[] {0}, 1, 1);
        return (PtNDArray) zeros.call(start, Torch.cpu(manager, rows, columns)).getFirst();
    }

    static DecoderAddresses addresses(BaseModel base) {
        ModelConfig config = base.config();
        PtNDArray[] shared = base.weights().shared();
        PtNDArray[] all = base.weights().layers();
        List<DecoderAddresses.Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            PtNDArray[] w =
                    Arrays.copyOfRange(all, i * ModelWeights.TENSORS_A_LAYER, (i + 1) * ModelWeights.TENSORS_A_LAYER);
            boolean normed = config.family().qkNorm();
            layers.add(new DecoderAddresses.Layer(
                    TensorAddress.of(w[0]),
                    TensorAddress.of(w[1]),
                    config.biases().qkv() ? TensorAddress.of(w[2]) : 0,
                    TensorAddress.of(w[3]),
                    config.biases().o() ? TensorAddress.of(w[9]) : 0,
                    TensorAddress.of(w[4]),
                    TensorAddress.of(w[5]),
                    config.biases().mlp() ? TensorAddress.of(w[10]) : 0,
                    TensorAddress.of(w[6]),
                    config.biases().mlp() ? TensorAddress.of(w[11]) : 0,
                    normed ? TensorAddress.of(w[7]) : 0,
                    normed ? TensorAddress.of(w[8]) : 0));
        }
        return new DecoderAddresses(
                TensorAddress.of(shared[0]),
                TensorAddress.of(shared[1]),
                TensorAddress.of(shared[2]),
                TensorAddress.of(shared[3]),
                layers);
    }

    @Override
    public boolean takes(List<DecodeRow> rows) {
        if (rows.stream().anyMatch(DecodeRow::shaped)) return false;
        return fit(rows.stream().map(row -> row.group().policy()).toList());
    }

    /**
     * Draws a token for every row: [3, rows] of token, log-prob, raw log-prob. Where the same rows have gone on for a while
     * the next step is started before this one's tokens are looked at; it is thrown away when the rows are others then.
     */
    @Override
    public double[] decode(List<DecodeRow> rows, KvCache kv) {
        decoder.enter();
        follow(kv);
        Supplier<double[]> step = ahead != null && rows.equals(last) ? ahead : start(rows);
        steady = rows.equals(last) ? steady + 1 : 0;
        last = List.copyOf(rows);
        // The next step writes behind this one's token; where the row ends there the cache takes on another shape
        // first.
        boolean goesOn = rows.stream().allMatch(row -> row.remaining() > 1 && row.position() + 1 < kv.tokens());
        ahead = steady >= STEADY && goesOn ? decoder.again(rows.size()) : null;
        return step.get();
    }

    @Override
    public void interrupt() {
        last = List.of();
        ahead = null;
    }

    private Supplier<double[]> start(List<DecodeRow> rows) {
        policies.use(rows.stream().map(row -> row.group().policy()).toList());
        DeviceRows buffers = decoder.rows();
        for (int i = 0; i < rows.size(); i++) rows.get(i).write(buffers, i, policies);
        return decoder.step(rows.size());
    }

    /** An adapter's A stands behind the weights, where one decoder of a model at a time has room for it. */
    private boolean fit(Collection<Policy> adapted) {
        if (!DevicePolicies.fit(adapted)) return false;
        return adapted.stream().allMatch(policy -> policy.basis() == null) || weights.claimRoom(this);
    }

    @Override
    public boolean takes(PromptBatch batch) {
        return batch.tokens() <= DeviceDecoder.PROMPT_TOKENS && fit(batch.distinctPolicies());
    }

    @Override
    public void prefill(PromptBatch batch, KvCache kv) {
        decoder.enter();
        interrupt();
        follow(kv);
        policies.use(batch.distinctPolicies());
        batch.write(decoder.prompts(), policies);
        decoder.prefill(batch.tokens(), attention.over(batch.prompts(), batch.time()));
        batch.copies((source, target, length) -> decoder.move(source, target, length));
    }

    @Override
    public Map<String, Double> profile(List<DecodeRow> rows, KvCache kv) {
        decoder.enter();
        interrupt();
        follow(kv);
        var _ = start(rows).get();
        return decoder.profile(rows.size(), 20);
    }

    @Override
    public void move(KvCache kv, int[] source, int[] target, int length) {
        decoder.enter();
        follow(kv);
        decoder.move(source, target, length);
    }

    /** The cache lies elsewhere when it has grown. */
    private void follow(KvCache kv) {
        PtNDArray[] tensors = kv.tensors();
        if (tensors == cache) return;
        long[] addresses = new long[tensors.length];
        for (int i = 0; i < tensors.length; i++) addresses[i] = TensorAddress.of(tensors[i]);
        decoder.cache(kv.tokens(), addresses);
        cache = tensors;
    }

    @Override
    public void close() {
        weights.releaseRoom(this);
        decoder.enter();
        decoder.close();
        manager.close();
    }
}
