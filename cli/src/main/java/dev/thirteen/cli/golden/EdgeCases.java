package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/** Safetensors files at the edges of the format, bit for bit; and malformed ones, which must be refused. */
final class EdgeCases {
    private EdgeCases() {}

    static void check(GoldenFolder golden, Path part) {
        GoldenReport report = golden.report();
        Path expected = part.resolve("expected.json");
        Set<Path> known = new HashSet<>(Set.of(expected));
        if (Files.isRegularFile(expected)) {
            report.guard(golden.name(expected), () -> {
                JsonNode files = GoldenFolder.json(expected).path("files");
                // An empty list says that there are malformed files alone.
                if (!files.isArray()) throw GoldenFolder.nothing("has no files");
                for (JsonNode one : files) {
                    Path file = golden.resolve(one.path("file").asText());
                    known.add(file);
                    report.guard(golden.name(file), () -> one(report, golden.name(file), file, one));
                }
            });
        } else {
            report.failed(golden.name(part), "expected.json is missing");
        }
        for (Path other : GoldenFolder.list(part)) {
            boolean malformed = other.getFileName().toString().startsWith("malformed");
            if (malformed) {
                malformed(golden, other);
            } else if (!known.contains(golden.resolve(golden.name(other)))) {
                report.failed(golden.name(other), "is of no known kind");
            }
        }
    }

    private static void one(GoldenReport report, String name, Path path, JsonNode expected) {
        try (Safetensors file = Safetensors.open(path)) {
            JsonNode tensors = expected.path("tensors");
            report.exact(name + " number of tensors", file.tensors().size() == tensors.size());
            if (expected.path("metadata").isObject()) {
                report.exact(name + " metadata", metadata(file.metadata(), expected.path("metadata")));
            }
            for (Map.Entry<String, JsonNode> entry : tensors.properties()) {
                tensor(report, name + " " + entry.getKey().strip(), file.get(entry.getKey()), entry.getValue());
            }
        }
    }

    private static boolean metadata(Map<String, String> actual, JsonNode expected) {
        return actual.size() == expected.size()
                && actual.entrySet().stream()
                        .allMatch(pair -> pair.getValue()
                                .equals(expected.path(pair.getKey()).asText(null)));
    }

    private static void tensor(GoldenReport report, String name, StoredTensor tensor, JsonNode expected) {
        long[] shape = Arrays.stream(Numbers.ints(expected.path("shape")))
                .asLongStream()
                .toArray();
        boolean same = tensor.type().tag().equals(expected.path("dtype").asText())
                && Arrays.equals(tensor.shape(), shape)
                && HexFormat.of()
                        .formatHex(tensor.data().toArray(ValueLayout.JAVA_BYTE))
                        .equals(expected.path("little_endian_hex").asText());
        if (same && expected.has("as_float32_bits")) {
            float[] floats = tensor.floats();
            same = floats.length == expected.path("as_float32_bits").size();
            for (int i = 0; same && i < floats.length; i++) {
                String bits = String.format("%08x", Float.floatToRawIntBits(floats[i]));
                same = bits.equals(expected.path("as_float32_bits").get(i).asText());
            }
        }
        report.exact(name, same);
    }

    /**
     * Every file below passes when it is refused with a reason. A folder with a config.json is a model, one with an
     * adapter_config.json an adapter of the base that it names.
     */
    private static void malformed(GoldenFolder golden, Path path) {
        if (!Files.isDirectory(path)) {
            refused(golden, path, () -> Safetensors.open(path).close());
        } else if (Files.exists(path.resolve("config.json"))) {
            refused(golden, path, () -> PolicyCases.load(path, Precision.FP32).close());
        } else if (Files.exists(path.resolve("adapter_config.json"))) {
            refused(golden, path, () -> adapter(golden, path));
        } else {
            GoldenFolder.list(path).forEach(entry -> malformed(golden, entry));
        }
    }

    private static void adapter(GoldenFolder golden, Path path) {
        JsonNode config = GoldenFolder.json(path.resolve("adapter_config.json"));
        Path folder = golden.resolve(config.path("base_model_name_or_path").asText());
        try (BaseModel base = PolicyCases.load(folder, Precision.FP32)) {
            AdapterFolder.read(base, path);
        }
    }

    private static void refused(GoldenFolder golden, Path path, Runnable read) {
        try {
            read.run();
            golden.report().failed(golden.name(path), "is malformed and was read");
        } catch (Failure refused) {
            golden.report().passed(golden.name(path), "refused: " + refused.getMessage());
        } catch (RuntimeException broken) {
            golden.report().failed(golden.name(path), "ended in " + broken);
        }
    }
}
