package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A safetensors file of fp32 tensors, written by the format's description alone. */
final class TensorFile {
    private final ObjectNode header = new ObjectMapper().createObjectNode();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    void add(String name, float[] numbers, long... shape) {
        ObjectNode entry = header.putObject(name);
        entry.put("dtype", "F32");
        for (long side : shape) entry.withArray("shape").add(side);
        int from = data.size();
        ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : numbers) bytes.putFloat(number);
        data.writeBytes(bytes.array());
        entry.withArray("data_offsets").add(from).add(data.size());
    }

    byte[] bytes() {
        byte[] head = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + head.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        return file.putLong(head.length).put(head).put(data.toByteArray()).array();
    }
}
