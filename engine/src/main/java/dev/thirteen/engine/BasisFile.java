package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TargetModules;
import dev.thirteen.core.adapter.TiePlan;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A basis as a safetensors file. One that a run derived has for the path of each adapted module the tensors A, B, P and S, and in the
 * metadata spec and base (format 1). One by an adapter config has the frozen tensors as the adapter's file had them, and in
 * the metadata the config (format 2).
 */
final class BasisFile {
    private static final String DERIVED = "thirteen-basis-1";
    private static final String PLANNED = "thirteen-basis-2";
    private static final String TARGETS = "target-modules";
    private static final String PATTERN = "target-pattern";

    private BasisFile() {}

    /** The file of a derived basis, one tensor in memory at a time: P has u * r * r numbers a module. */
    static void write(OutputStream out, ModelShape shape, String baseDigest, TinyLoraSpec spec, TinyLora family)
            throws IOException {
        Map<String, float[]> numbers = new HashMap<>();
        List<StoredTensor> announced = new ArrayList<>();
        for (int index : spec.targets().of(shape)) {
            AdaptedModule module = shape.modules().get(index);
            TinyLora.Factors factors = family.factors(index);
            int rank = factors.rank();
            announced.add(announced(numbers, module.path() + ".A", factors.a(), rank, module.inWidth()));
            announced.add(announced(numbers, module.path() + ".B", factors.b(), module.outWidth(), rank));
            announced.add(announced(numbers, module.path() + ".P", factors.p(), spec.u(), rank, rank));
            announced.add(announced(numbers, module.path() + ".S", factors.s(), rank));
        }
        Safetensors.write(
                out,
                metadata(spec, baseDigest),
                announced,
                tensor -> StoredTensor.of(
                        tensor.name(), Objects.requireNonNull(numbers.get(tensor.name())), tensor.shape()));
    }

    /** A tensor without its data. */
    private static StoredTensor announced(Map<String, float[]> numbers, String name, float[] values, long... shape) {
        numbers.put(name, values);
        return new StoredTensor(name, TensorType.F32, shape, MemorySegment.NULL);
    }

    /** The file of a basis by a config; {@code source} holds the frozen tensors. */
    static byte[] write(String baseDigest, AdapterPlan plan, Safetensors source) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("format", PLANNED);
        texts.put("base", baseDigest);
        texts.put("config", plan.config().text());
        List<StoredTensor> tensors = new ArrayList<>();
        for (AdapterPlan.TensorSpec frozen : plan.frozen()) tensors.add(source.get(frozen.name(), frozen.shape()));
        return Safetensors.bytes(texts, tensors);
    }

    /** Reads the file of a basis that fits the base. */
    static Basis read(BaseModel base, byte[] bytes) {
        try (Safetensors file = Safetensors.of("the basis", bytes)) {
            String format = file.metadata().getOrDefault("format", "");
            if (!format.equals(DERIVED) && !format.equals(PLANNED)) {
                throw wrong("its format is not %s or %s".formatted(DERIVED, PLANNED));
            }
            String of = text(file.metadata(), "base");
            if (!of.equals(base.digest())) {
                throw wrong("it was derived from base %s, not from %s".formatted(of, base.digest()));
            }
            return format.equals(DERIVED) ? derived(base, file, bytes) : planned(base, file, bytes);
        }
    }

    private static Basis derived(BaseModel base, Safetensors file, byte[] bytes) {
        TinyLoraSpec spec = spec(file.metadata());
        ModelShape shape = base.shape();
        TiePlan plan = TiePlan.of(shape, spec);
        Map<Integer, TinyLora.Factors> factors = new TreeMap<>();
        for (int index : plan.modules()) {
            factors.put(index, factors(file, shape.modules().get(index), spec, plan.slotOf(index)));
        }
        return TinyLoraBasis.read(base, spec, factors, bytes);
    }

    private static Basis planned(BaseModel base, Safetensors file, byte[] bytes) {
        AdapterConfig config = AdapterConfig.of("the basis's config", text(file.metadata(), "config"));
        AdapterPlan plan = AdapterPlans.of(config, base.config(), file::has);
        for (AdapterPlan.TensorSpec frozen : plan.frozen()) values(file, frozen.name(), frozen.shape());
        return Basis.planned(base.shape(), plan.family().apply(file), plan, bytes.clone());
    }

    private static TinyLora.Factors factors(Safetensors file, AdaptedModule module, TinyLoraSpec spec, int slot) {
        int rank = spec.rank();
        return new TinyLora.Factors(
                slot,
                rank,
                values(file, module.path() + ".A", rank, module.inWidth()),
                values(file, module.path() + ".B", module.outWidth(), rank),
                values(file, module.path() + ".P", spec.u(), rank, rank),
                values(file, module.path() + ".S", rank));
    }

    private static float[] values(Safetensors file, String name, long... shape) {
        float[] values = file.get(name, shape).floats();
        for (float value : values) {
            if (!Float.isFinite(value)) throw wrong(name + " has a value that is not finite");
        }
        return values;
    }

    private static Map<String, String> metadata(TinyLoraSpec spec, String baseDigest) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("format", DERIVED);
        texts.put("base", baseDigest);
        texts.put("rank", Integer.toString(spec.rank()));
        texts.put("u", Integer.toString(spec.u()));
        texts.put("tying", spec.tying().name());
        texts.put("tie-size", Integer.toString(spec.tieSize()));
        texts.put("sigma-form", spec.sigmaForm().name());
        texts.put("projection-seed", Long.toString(spec.projectionSeed()));
        texts.put("value-type", spec.valueType().name());
        if (!spec.targets().names().isEmpty()) {
            texts.put(TARGETS, String.join(" ", spec.targets().names()));
        }
        if (!spec.targets().pattern().isEmpty())
            texts.put(PATTERN, spec.targets().pattern());
        return texts;
    }

    private static TinyLoraSpec spec(Map<String, String> texts) {
        try {
            return new TinyLoraSpec(
                    Integer.parseInt(text(texts, "rank")),
                    Integer.parseInt(text(texts, "u")),
                    Tying.valueOf(text(texts, "tying")),
                    Integer.parseInt(text(texts, "tie-size")),
                    SigmaForm.valueOf(text(texts, "sigma-form")),
                    Long.parseLong(text(texts, "projection-seed")),
                    ValueType.valueOf(text(texts, "value-type")),
                    targets(texts));
        } catch (IllegalArgumentException e) {
            throw wrong("its spec cannot be read, " + e.getMessage());
        }
    }

    /** All where nothing stands: most bases are of all modules. */
    private static TargetModules targets(Map<String, String> texts) {
        @Nullable String names = texts.get(TARGETS);
        return new TargetModules(
                names == null ? List.of() : List.of(names.split(" ")), texts.getOrDefault(PATTERN, ""));
    }

    private static String text(Map<String, String> texts, String key) {
        @Nullable String text = texts.get(key);
        if (text == null) throw wrong(key + " is missing in its metadata");
        return text;
    }

    private static Failure wrong(String reason) {
        return new Failure(Failure.Kind.CALLER, "the basis does not fit: " + reason);
    }
}
