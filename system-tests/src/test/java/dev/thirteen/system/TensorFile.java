package dev.thirteen.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

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

    /** A tensor as stored: its type, its shape, and its bytes as Base64, since an array is not equal to its like. */
    record Tensor(String type, String shape, String bytes) {}

    /** The tensors of a file by their names. */
    static Map<String, Tensor> read(Path file) throws IOException {
        ByteBuffer whole = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[Math.toIntExact(whole.getLong())];
        whole.get(header);
        ByteBuffer data = whole.slice();
        Map<String, Tensor> tensors = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry :
                new ObjectMapper().readTree(header).properties()) {
            if (entry.getKey().equals("__metadata__")) continue;
            JsonNode tensor = entry.getValue();
            int begin = tensor.path("data_offsets").get(0).intValue();
            byte[] bytes = new byte[tensor.path("data_offsets").get(1).intValue() - begin];
            data.get(begin, bytes);
            tensors.put(
                    entry.getKey(),
                    new Tensor(
                            tensor.path("dtype").textValue(),
                            tensor.path("shape").toString(),
                            Base64.getEncoder().encodeToString(bytes)));
        }
        return tensors;
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
