package dev.thirteen.engine;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Brings tensors of a file into libtorch. */
final class TensorLoad {
    /** Largest piece that goes to libtorch at once: a ByteBuffer ends below 2 GiB. */
    private static final long PIECE_BYTES = 1L << 30;

    private TensorLoad() {}

    /** The parts, one below the other, as {@code compute} numbers in native memory of their own. */
    static PtNDArray copy(PtNDManager into, List<StoredTensor> parts, TensorType compute) {
        return load(into, parts, compute, true);
    }

    /** The same; on a processor what needs no change stays in the file's memory, which the tensor must not outlive. */
    static PtNDArray view(PtNDManager into, List<StoredTensor> parts, TensorType compute) {
        return load(into, parts, compute, false);
    }

    /** Runs in normal mode: weights loaded under inference mode could not take part in a gradient. */
    private static PtNDArray load(PtNDManager into, List<StoredTensor> parts, TensorType compute, boolean copy) {
        if (parts.isEmpty()) return Torch.of(into, new float[1], 1);
        try (PtNDManager scope = Torch.child(into)) {
            List<PtNDArray> bytes = new ArrayList<>();
            List<Long> facts = new ArrayList<>();
            for (StoredTensor part : parts) {
                for (long at = 0; at < part.data().byteSize(); at += PIECE_BYTES) {
                    long length = Math.min(PIECE_BYTES, part.data().byteSize() - at);
                    bytes.add(Torch.of(scope, part.data().asSlice(at, length).asByteBuffer()));
                    facts.add((long) part.type().code());
                    facts.add((long) part.type().bytes());
                }
            }
            facts.add((long) compute.code());
            facts.add(copy ? 1L : 0);
            addShape(facts, parts);
            TorchProgram.nameList("parts", bytes.toArray(PtNDArray[]::new));
            bytes.add(Torch.cpu(scope, facts.stream().mapToLong(Long::longValue).toArray()));
            TorchProgram program = TorchProgram.load(Map.of(), "load.py");
            PtNDArray loaded =
                    (PtNDArray) program.call(bytes.toArray(PtNDArray[]::new)).get(0);
            loaded.attach(into);
            return loaded;
        }
    }

    private static void addShape(List<Long> facts, List<StoredTensor> parts) {
        long rows = parts.stream().mapToLong(part -> part.shape()[0]).sum();
        facts.add(rows);
        if (parts.getFirst().shape().length == 2) facts.add(parts.getFirst().shape()[1]);
    }
}
