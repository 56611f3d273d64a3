package dev.thirteen.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** Files under golden/: what Hugging Face transformers and PEFT computed on tiny random models. */
final class Golden {
    private static final Path ROOT = Path.of("src/test/resources/golden");

    private Golden() {}

    static Path path(String path) {
        return ROOT.resolve(path);
    }

    static Path model(String name) {
        return path("models").resolve(name);
    }

    static JsonNode json(String path) {
        JsonNode json = ModelFiles.jsonIfPresent(path(path));
        if (json.isEmpty()) throw new IllegalStateException(path + " is missing");
        return json;
    }

    static int[] ints(JsonNode array) {
        return elements(array).stream().mapToInt(JsonNode::intValue).toArray();
    }

    static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) values[i] = array.get(i).floatValue();
        return values;
    }

    static double[] doubles(JsonNode array) {
        return elements(array).stream().mapToDouble(JsonNode::doubleValue).toArray();
    }

    static List<JsonNode> elements(JsonNode array) {
        return new ArrayList<>(StreamSupport.stream(array.spliterator(), false).toList());
    }
}
