package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A checkpoint of some shape with random weights in bf16: what speed is measured on, since it does not depend on them. */
public final class RandomCheckpoint {
    private static final double DEVIATION = 0.02;
    /** Numbers are drawn from a table: a billion of them must not take minutes. */
    private static final int TABLE = 1 << 16;

    private final short[] table = new short[TABLE];

    private RandomCheckpoint() {
        SplittableRandom random = new SplittableRandom(13);
        for (int i = 0; i < TABLE; i++) table[i] = bits((float) (DEVIATION * random.nextGaussian()));
    }

    private static short bits(float value) {
        return (short) (Float.floatToRawIntBits(value) >>> 16);
    }

    /**
     * Writes config.json and model.safetensors; the tokenizer is the caller's to add.
     *
     * @param folder is made; its files are overwritten
     */
    public static void write(Path folder, String config) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), config, StandardCharsets.UTF_8);
            new RandomCheckpoint().write(folder, ConfigFile.read(folder));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, folder + " cannot be written: " + e.getMessage(), e);
        }
    }

    private void write(Path folder, ModelConfig config) throws IOException {
        List<StoredTensor> tensors = new ArrayList<>();
        for (CheckpointLayout.Entry entry : CheckpointLayout.of(config)) {
            MemorySegment shared = MemorySegment.ofArray(new short[0]);
            tensors.add(new StoredTensor(entry.name(), TensorType.BF16, entry.longShape(), shared));
        }
        // The order of files that transformers writes: which tensors are neighbours decides what loading has to copy.
        tensors.sort(Comparator.comparing(StoredTensor::name));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(folder.resolve("model.safetensors")))) {
            Safetensors.write(out, Map.of("format", "pt"), tensors, this::filled);
        }
    }

    private StoredTensor filled(StoredTensor empty) {
        int elements = Math.toIntExact(empty.elements());
        MemorySegment data = MemorySegment.ofArray(new short[elements]);
        boolean norm = empty.shape().length == 1 && !empty.name().endsWith(".bias");
        SplittableRandom random = new SplittableRandom(empty.name().hashCode());
        long state = 0;
        for (int i = 0; i < elements; i++) {
            if ((i & 3) == 0) state = random.nextLong();
            short bits = norm ? bits(1) : table[(int) (state & (TABLE - 1))];
            data.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
            state >>>= 16;
        }
        return new StoredTensor(empty.name(), empty.type(), empty.shape(), data);
    }
}
