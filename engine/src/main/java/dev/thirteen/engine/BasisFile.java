package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TiePlan;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A basis as a safetensors file: for each module path the tensors A, B, P and S, and in the metadata spec and base. */
final class BasisFile {
    private static final String FORMAT = "thirteen-basis-1";

    private BasisFile() {}

    static byte[] write(ModelShape shape, String baseDigest, TinyLoraSpec spec, Basis.Factors[] modules) {
        List<StoredTensor> tensors = new ArrayList<>();
        for (int i = 0; i < modules.length; i++) {
            AdaptedModule module = shape.modules().get(i);
            Basis.Factors factors = modules[i];
            int rank = factors.rank();
            tensors.add(StoredTensor.of(module.path() + ".A", factors.a(), rank, module.inWidth()));
            tensors.add(StoredTensor.of(module.path() + ".B", factors.b(), module.outWidth(), rank));
            tensors.add(StoredTensor.of(module.path() + ".P", factors.p(), spec.u(), rank, rank));
            tensors.add(StoredTensor.of(module.path() + ".S", factors.s(), rank));
        }
        return Safetensors.bytes(metadata(spec, baseDigest), tensors);
    }

    /** Reads the file of a basis that fits the base. */
    static Basis read(ModelShape shape, String baseDigest, byte[] bytes) {
        try (Safetensors file = Safetensors.of("the basis", bytes)) {
            if (!FORMAT.equals(file.metadata().get("format"))) throw wrong("its format is not " + FORMAT);
            TinyLoraSpec spec = spec(file.metadata());
            String base = text(file.metadata(), "base");
            if (!base.equals(baseDigest)) {
                throw wrong("it was derived from base %s, not from %s".formatted(base, baseDigest));
            }
            TiePlan plan = TiePlan.of(shape, spec);
            List<AdaptedModule> modules = shape.modules();
            Basis.Factors[] factors = new Basis.Factors[modules.size()];
            for (int i = 0; i < factors.length; i++) factors[i] = factors(file, modules.get(i), spec, plan.slotOf(i));
            return Basis.of(shape, baseDigest, spec, factors);
        }
    }

    private static Basis.Factors factors(Safetensors file, AdaptedModule module, TinyLoraSpec spec, int slot) {
        int rank = spec.rank();
        return new Basis.Factors(
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
        texts.put("format", FORMAT);
        texts.put("base", baseDigest);
        texts.put("rank", Integer.toString(spec.rank()));
        texts.put("u", Integer.toString(spec.u()));
        texts.put("tying", spec.tying().name());
        texts.put("tie-size", Integer.toString(spec.tieSize()));
        texts.put("sigma-form", spec.sigmaForm().name());
        texts.put("projection-seed", Long.toString(spec.projectionSeed()));
        texts.put("value-type", spec.valueType().name());
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
                    ValueType.valueOf(text(texts, "value-type")));
        } catch (IllegalArgumentException e) {
            throw wrong("its spec cannot be read, " + e.getMessage());
        }
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
