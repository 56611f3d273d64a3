package dev.thirteen.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Headers of safetensors files. */
final class SafetensorsWriter {
    private SafetensorsWriter() {}

    /** The header, padded with spaces so that the data starts at a multiple of 8. */
    static byte[] header(Map<String, String> metadata, List<StoredTensor> tensors) {
        ObjectNode root = ModelFiles.JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode pairs = root.putObject("__metadata__");
            metadata.forEach(pairs::put);
        }
        long begin = 0;
        for (StoredTensor tensor : tensors) {
            long end =
                    begin + Math.multiplyExact(tensor.elements(), tensor.type().bytes());
            ObjectNode entry = root.putObject(tensor.name());
            entry.put("dtype", tensor.type().tag());
            Arrays.stream(tensor.shape()).forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(begin).add(end);
            begin = end;
        }
        try {
            byte[] json = ModelFiles.JSON.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
            byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
            Arrays.fill(padded, json.length, padded.length, (byte) ' ');
            return padded;
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.Kind.BUG, "a header of strings and numbers is always JSON", e);
        }
    }
}
