package dev.thirteen.engine;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.thirteen.core.adapter.AdapterFamily.TrainedPart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The gradient by R of one policy on a processor, in memory that passes use one after the other: asking the system for new memory
 * takes a fifth of the time there. Used by one thread at a time.
 */
final class CoreGradient implements AutoCloseable {
    private static final String[] LAYERS = {"linear.py", "blocks.py", "span_attention.py", "core_layers.py"};

    private final BaseModel base;
    private final TrainedAdapter adapter;
    private final TorchProgram forward;
    private final TorchProgram back;
    private @Nullable CoreRoom room;

    CoreGradient(BaseModel base, TrainedAdapter adapter) {
        this.base = base;
        this.adapter = adapter;
        this.forward = program("head_directions.py", "core_forward.py");
        this.back = program("core_back.py");
    }

    private TorchProgram program(String... last) {
        List<String> resources = new ArrayList<>(Arrays.asList(LAYERS));
        resources.addAll(Arrays.asList(last));
        return base.program(resources.toArray(String[]::new));
    }

    /** Where the programs would round what they compute to bf16 on the way, they go on. */
    static boolean serves(BaseModel base, Policy policy) {
        return !Torch.onGpu()
                && base.placement().single()
                && base.compute() == TensorType.F32
                && Objects.requireNonNull(policy.basis()).family().trainedPart() == TrainedPart.CORE;
    }

    /** Log-probs of a batch; the gradient of R's leaves is added to them. */
    List<double[]> backward(
            SequenceBatch batch, double temperature, boolean entropies, PolicyGradient.TokenWeights weights) {
        CoreRoom room = room(batch.tokens());
        boolean before = JniUtils.isGradMode();
        try (PtNDManager scope = Torch.newManager()) {
            List<PtNDArray> inputs = batch.inputs(scope, temperature, 1, entropies ? 1 : 0);
            JniUtils.setGradMode(false);
            NDList head = forward.call(withModel(inputs, room));
            float[] numbers = head.get(0).toFloatArray();
            float[] slopes = batch.slopes(numbers, entropies, weights);
            // What head and way back ask for of ids, select, targets, options and what follows.
            inputs.set(2, (PtNDArray) head.get(1));
            inputs.set(3, Torch.of(scope, slopes, slopes.length));
            JniUtils.setGradMode(true);
            NDList surrogate = back.call(withModel(inputs, room));
            JniUtils.backward((PtNDArray) surrogate.get(0), Torch.of(scope, new float[] {1}, 1), false, false);
            return batch.split(numbers, 0);
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    private PtNDArray[] withModel(List<PtNDArray> inputs, CoreRoom room) {
        List<PtNDArray> all = new ArrayList<>(inputs);
        all.addAll(Arrays.asList(base.weights().shared()));
        all.addAll(Arrays.asList(base.weights().layers()));
        all.addAll(Arrays.asList(adapter.inputs().factorTensors()));
        all.addAll(Arrays.asList(adapter.inputs().termTensors()));
        all.addAll(room.tensors());
        return all.toArray(PtNDArray[]::new);
    }

    /** What the base kept of an earlier gradient, where it is large enough. */
    private CoreRoom room(int tokens) {
        CoreRoom there = room == null ? base.takeRoom() : room;
        if (there == null || !there.serves(adapter.inputs(), tokens)) {
            if (there != null) there.close();
            there = new CoreRoom(base, adapter.inputs(), tokens);
        }
        room = there;
        return there;
    }

    @Override
    public void close() {
        if (room != null) base.keepRoom(room);
        room = null;
    }
}
