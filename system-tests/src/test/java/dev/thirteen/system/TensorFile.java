package dev.thirteen.system;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A safetensors file of random fp32 tensors, as anybody's program would write it. */
final class TensorFile {
    private final Random random;
    private final List<String> entries = new ArrayList<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    TensorFile(Random random) {
        this.random = random;
    }

    TensorFile add(String name, int... shape) {
        int begin = data.size();
        ByteBuffer number = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = Arrays.stream(shape).reduce(1, Math::multiplyExact); i > 0; i--) {
            data.writeBytes(
                    number.putFloat(0, (float) random.nextGaussian() / 4).array());
        }
        entries.add("\"%s\": {\"dtype\": \"F32\", \"shape\": %s, \"data_offsets\": [%d, %d]}"
                .formatted(name, Arrays.toString(shape), begin, data.size()));
        return this;
    }

    void write(Path file) throws IOException {
        byte[] header = ("{" + String.join(", ", entries) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer whole = ByteBuffer.allocate(Long.BYTES + header.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data.toByteArray());
        Files.write(file, whole.array());
    }
}
