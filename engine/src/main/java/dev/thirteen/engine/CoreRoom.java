package dev.thirteen.engine;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Memory that a gradient on a processor works in, see core_layers.py: 50 KB a token and layer of a 0.5B. Never copied, since no
 * pass reads what another left.
 */
final class CoreRoom implements AutoCloseable {
    private final PtNDManager manager = Torch.newManager();
    private final int tokens;
    private final List<Shape> factors;
    private final PtNDArray[] tensors;

    CoreRoom(BaseModel base, AdapterInputs adapter, int tokens) {
        this.tokens = tokens;
        this.factors = shapes(adapter);
        List<PtNDArray> inputs = new ArrayList<>(List.of(Torch.of(manager, new long[] {tokens}, 1)));
        inputs.addAll(Arrays.asList(adapter.factorTensors()));
        this.tensors = base.program("core_room.py").call(inputs.toArray(PtNDArray[]::new)).stream()
                .map(PtNDArray.class::cast)
                .toArray(PtNDArray[]::new);
        TorchProgram.nameList("room", tensors);
    }

    /** Whether a pass of so many tokens finds room for all that it keeps. */
    boolean serves(AdapterInputs adapter, int count) {
        return count <= tokens && factors.equals(shapes(adapter));
    }

    private static List<Shape> shapes(AdapterInputs adapter) {
        return Arrays.stream(adapter.factorTensors()).map(PtNDArray::getShape).toList();
    }

    List<PtNDArray> tensors() {
        return Arrays.asList(tensors);
    }

    @Override
    public void close() {
        manager.close();
    }
}
