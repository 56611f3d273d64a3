package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import dev.thirteen.engine.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/** Safetensors files at the edges of the format, bit for bit; and malformed ones, which must be refused. */
final class EdgeCases {
    private static final ValueLayout.OfLong WIDE = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final String ADAPTER_CONFIG = "adapter_config.json";
    private static final String ADAPTER = "adapter_model.safetensors";

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
            // Null stands for a file without.
            if (expected.has("metadata")) {
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
        report.exact(name, same && numbers(tensor, expected));
    }

    /** The numbers that the bytes stand for, in whichever form the file has them. */
    private static boolean numbers(StoredTensor tensor, JsonNode expected) {
        boolean same = true;
        if (expected.has("as_float32_bits")) {
            float[] floats = tensor.floats();
            same = same(
                    expected.get("as_float32_bits"),
                    floats.length,
                    i -> "%08x".formatted(Float.floatToRawIntBits(floats[i])));
        }
        if (expected.has("as_float64_bits")) {
            long[] bits = tensor.data().toArray(WIDE);
            same &= same(expected.get("as_float64_bits"), bits.length, i -> "%016x".formatted(bits[i]));
        }
        return same && (!expected.has("values") || whole(tensor, expected.get("values")));
    }

    private static boolean whole(StoredTensor tensor, JsonNode expected) {
        TensorType type = tensor.type();
        MemorySegment data = tensor.data();
        return switch (type) {
            case I64 -> same(expected, data.byteSize() / 8, i -> Long.toString(data.getAtIndex(WIDE, i)));
            case U64 -> same(expected, data.byteSize() / 8, i -> Long.toUnsignedString(data.getAtIndex(WIDE, i)));
            case I32 -> same(expected, data.byteSize() / 4, i -> Integer.toString(data.getAtIndex(WORD, i)));
            case U32 -> same(expected, data.byteSize() / 4, i -> Integer.toUnsignedString(data.getAtIndex(WORD, i)));
            case I16 -> same(expected, data.byteSize() / 2, i -> Short.toString(data.getAtIndex(HALF, i)));
            case U16 -> same(expected, data.byteSize() / 2, i -> Integer.toString(data.getAtIndex(HALF, i) & 0xFFFF));
            case I8 -> same(expected, data.byteSize(), i -> Byte.toString(data.get(ValueLayout.JAVA_BYTE, i)));
            case U8 ->
                same(expected, data.byteSize(), i -> Integer.toString(data.get(ValueLayout.JAVA_BYTE, i) & 0xFF));
            case BOOL ->
                same(expected, data.byteSize(), i -> flag(expected.path(i), data.get(ValueLayout.JAVA_BYTE, i)));
            case F64, F32, F16, BF16, F8_E4M3, F8_E5M2 -> false;
        };
    }

    /** A boolean may be written as one or as a number. */
    private static String flag(JsonNode form, byte value) {
        return form.isBoolean() ? Boolean.toString(value != 0) : Byte.toString(value);
    }

    private static boolean same(JsonNode expected, long count, IntFunction<String> text) {
        if (expected.size() != count) return false;
        for (int i = 0; i < count; i++) {
            if (!text.apply(i).equals(expected.get(i).asText())) return false;
        }
        return true;
    }

    /**
     * Every file below passes when it is refused with a reason. A folder with a config.json is a model, one with an adapter's
     * files an adapter of the base that it names. Notes and what is said of the reasons are no cases.
     */
    private static void malformed(GoldenFolder golden, Path path) {
        String name = path.getFileName().toString();
        if (Files.isDirectory(path)) {
            folder(golden, path);
        } else if (name.contains(".safetensors")) {
            refused(golden, path, () -> Safetensors.open(path).close());
        } else if (!GoldenFolder.NOTES.contains(name) && !name.equals("expected.json")) {
            golden.report().failed(golden.name(path), "is of no known kind");
        }
    }

    private static void folder(GoldenFolder golden, Path path) {
        if (Files.exists(path.resolve("config.json"))) {
            EngineOptions options = new EngineOptions(Precision.FP32, 0);
            refused(golden, path, () -> BaseModel.load(path, options).close());
        } else if (Files.exists(path.resolve(ADAPTER_CONFIG)) || Files.exists(path.resolve(ADAPTER))) {
            golden.report().guard(golden.name(path), () -> adapter(golden, path));
        } else {
            GoldenFolder.list(path).forEach(entry -> malformed(golden, entry));
        }
    }

    /** What is wrong with the files by themselves needs no base; without its base the rest cannot be tried. */
    private static void adapter(GoldenFolder golden, Path path) {
        Path config = path.resolve(ADAPTER_CONFIG);
        Optional<String> alone = refusal(() -> {
            if (!GoldenFolder.json(config).isObject()) {
                throw new Failure(Failure.Kind.CALLER, config + " is no JSON object");
            }
            Safetensors.open(path.resolve(ADAPTER)).close();
        });
        if (alone.isPresent()) {
            golden.report().passed(golden.name(path), "refused: " + alone.get());
            return;
        }
        String named = GoldenFolder.json(config).path("base_model_name_or_path").asText();
        try (BaseModel base = PolicyCases.load(golden.resolve(named), Precision.FP32)) {
            refused(golden, path, () -> AdapterFolder.read(base, path));
        }
    }

    private static void refused(GoldenFolder golden, Path path, Runnable read) {
        try {
            Optional<String> refusal = refusal(read);
            if (refusal.isPresent()) golden.report().passed(golden.name(path), "refused: " + refusal.get());
            else golden.report().failed(golden.name(path), "is malformed and was read");
        } catch (RuntimeException broken) {
            golden.report().failed(golden.name(path), "ended in " + broken);
        }
    }

    /** What the file is refused for; a failure of anything else goes on. */
    private static Optional<String> refusal(Runnable read) {
        try {
            read.run();
            return Optional.empty();
        } catch (Failure refused) {
            if (refused.kind() != Failure.Kind.CALLER) throw refused;
            return Optional.of(String.valueOf(refused.getMessage()));
        }
    }
}
