package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.thirteen.engine.cpu.PlainDraw;
import dev.thirteen.engine.cpu.Processor;
import dev.thirteen.engine.cpu.StepRow;
import dev.thirteen.engine.cpu.VectorCache;
import dev.thirteen.engine.cpu.VectorDecoder;
import dev.thirteen.engine.cpu.VectorFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decode steps on a processor by loops over its vectors, over the cache of the programs. Until the loops are compiled and
 * the weights are in their order, the programs decode.
 */
final class VectorSteps implements DecodeKernels {
    /** Steps by programs before the loops are made ready: the first token comes first. */
    private static final int STARTING_STEPS = 1;

    private final BaseModel base;
    /** Whether the loops decode from the first token on. */
    private final boolean atOnce;

    private final VectorPolicies policies;
    private final TorchProgram shaped;
    private @Nullable VectorDecoder decoder;
    private PtNDArray[] cached = new PtNDArray[0];
    private VectorCache cache = new VectorCache(0, new long[0]);
    private int steps;

    private VectorSteps(BaseModel base, boolean atOnce) {
        this.base = base;
        this.atOnce = atOnce;
        this.policies = new VectorPolicies(base);
        this.shaped = base.program("sampling.py", "shaped.py");
    }

    /** The loops for a model; empty where this process or this processor has none. */
    static Optional<VectorSteps> of(BaseModel base) {
        return VectorKernels.usable(base) ? Optional.of(new VectorSteps(base, false)) : Optional.empty();
    }

    /** The loops from the first token on, wherever they run and though they are not compiled: to compare. */
    static VectorSteps atOnce(BaseModel base) {
        return new VectorSteps(base, true);
    }

    private boolean ready() {
        if (decoder != null) return true;
        if (atOnce) base.vectorise();
        decoder = base.weights()
                .vectors()
                .map(model -> new VectorDecoder(model, format(), Torch.configuredThreads()))
                .orElse(null);
        return decoder != null;
    }

    private VectorFormat format() {
        return VectorKernels.format(base.compute());
    }

    @Override
    public boolean takes(List<DecodeRow> rows) {
        if (ready()) return true;
        if (steps++ >= STARTING_STEPS) base.askForVectors();
        return false;
    }

    /** Where bf16 is multiplied in hardware but not by the loops' products, the programs are faster for as many rows as a prompt has. */
    @Override
    public boolean takes(PromptBatch batch) {
        return takesPrompts();
    }

    @Override
    public boolean takes(PartBatch batch) {
        return takesPrompts();
    }

    private boolean takesPrompts() {
        boolean fast = !Processor.multipliesBf16()
                || VectorKernels.products(base.compute()).isPresent();
        return (atOnce || fast) && ready();
    }

    @Override
    public void prefill(PromptBatch batch, KvCache kv) {
        prefill(batch.parts(), kv);
        batch.copies(kv::move);
    }

    @Override
    public void prefill(PartBatch batch, KvCache kv) {
        prefill(batch.parts(), kv);
    }

    private void prefill(List<PromptPart> parts, KvCache kv) {
        policies.use(parts.stream().map(part -> part.fill().policy()).toList());
        List<StepRow> rows = new ArrayList<>();
        for (PromptPart part : parts) {
            var terms = policies.of(part.fill().policy());
            for (int t = part.from(); t < part.to(); t++) {
                rows.add(new StepRow(part.fill().tokens()[t], part.fill().place(), t, terms));
            }
        }
        decoder().fill(rows, cache(kv));
    }

    @Override
    public double[] decode(List<DecodeRow> rows, KvCache kv) {
        policies.use(rows.stream().map(row -> row.group().policy()).toList());
        List<StepRow> step = rows.stream()
                .map(row -> new StepRow(
                        row.token(),
                        row.place(),
                        row.position(),
                        policies.of(row.group().policy())))
                .toList();
        decoder().advance(step, cache(kv));
        if (rows.stream().anyMatch(DecodeRow::shaped)) return shaped(rows);
        return decoder()
                .draw(rows.stream()
                        .map(row -> new PlainDraw(row.group().sampling().temperature(), row.uniform()))
                        .toList());
    }

    /** By the program that the others draw by. */
    private double[] shaped(List<DecodeRow> rows) {
        try (PtNDManager scope = Torch.newManager();
                IValue parts = IValue.listFrom(logits(scope, rows.size()));
                DrawInputs draw = new DrawInputs(scope, rows)) {
            return shaped.infer(
                            scope,
                            parts,
                            draw.controls(),
                            draw.filters(),
                            draw.plain(),
                            draw.changes(),
                            draw.alternatives())
                    .get(0)
                    .toDoubleArray();
        }
    }

    private PtNDArray[] logits(PtNDManager scope, int rows) {
        int stride = decoder().logitStride();
        List<PtNDArray> parts = new ArrayList<>();
        for (int from = 0; from < rows; from += VectorDecoder.LOGIT_ROWS) {
            int to = Math.min(rows, from + VectorDecoder.LOGIT_ROWS);
            float[] logits = Arrays.copyOf(decoder().logits(from, to), (to - from) * stride);
            parts.add(Torch.of(scope, logits, to - from, stride));
        }
        return parts.toArray(PtNDArray[]::new);
    }

    private VectorDecoder decoder() {
        if (decoder == null) throw new IllegalStateException("the loops are not ready");
        return decoder;
    }

    /** The cache lies elsewhere when it has taken on another shape. */
    private VectorCache cache(KvCache kv) {
        PtNDArray[] tensors = kv.tensors();
        if (tensors != cached) {
            long[] addresses = new long[tensors.length];
            for (int i = 0; i < tensors.length; i++) addresses[i] = TensorAddress.of(tensors[i]);
            cache = new VectorCache(kv.tokens(), addresses);
            cached = tensors;
        }
        return cache;
    }

    @Override
    public void close() {
        if (decoder != null) decoder.close();
    }
}
