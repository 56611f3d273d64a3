package dev.thirteen.cli.inspect;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleType;
import dev.thirteen.core.adapter.ModuleUpdate;
import dev.thirteen.core.adapter.TiePlan;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far values move each module: ΔW = B R A of a basis, measured without ever making ΔW.
 *
 * @param shape modules of the base that are adapted
 * @param plan which slot each module uses
 * @param lora the basis as a family
 */
public record Movement(ModelShape shape, TiePlan plan, TinyLora lora) {
    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d{1,6})\\.");

    /**
     * Reads a basis as trainer-service keeps it.
     *
     * @throws Failure OUTSIDE when the file is no basis of this spec
     */
    public static Movement read(Path file, TinyLoraSpec spec) {
        try (Safetensors basis = Safetensors.open(file)) {
            List<AdaptedModule> modules = modules(basis);
            ModelShape shape = new ModelShape(modules.getLast().layer() + 1, modules);
            TiePlan plan = TiePlan.of(shape, spec);
            Map<Integer, TinyLora.Factors> factors = new LinkedHashMap<>();
            for (int i = 0; i < modules.size(); i++) {
                String path = modules.get(i).path();
                factors.put(
                        i,
                        new TinyLora.Factors(
                                plan.slotOf(i),
                                spec.rank(),
                                basis.get(path + ".A").floats(),
                                basis.get(path + ".B").floats(),
                                basis.get(path + ".P").floats(),
                                basis.get(path + ".S").floats()));
            }
            return new Movement(shape, plan, new TinyLora(spec.u(), factors));
        }
    }

    /** The modules in model order, by the tensors that the file has. */
    private static List<AdaptedModule> modules(Safetensors basis) {
        List<AdaptedModule> modules = new ArrayList<>();
        int layers = basis.tensors().stream()
                .mapToInt(tensor -> layer(tensor.name()))
                .max()
                .orElse(-1);
        for (int layer = 0; layer <= layers; layer++) {
            for (ModuleType type : ModuleType.values()) {
                String path = "model.layers." + layer + "." + type.path();
                if (!basis.has(path + ".A")) continue;
                StoredTensor a = basis.get(path + ".A");
                StoredTensor b = basis.get(path + ".B");
                modules.add(
                        new AdaptedModule(layer, type, Math.toIntExact(a.shape()[1]), Math.toIntExact(b.shape()[0])));
            }
        }
        if (modules.isEmpty()) throw new Failure(Failure.Kind.OUTSIDE, "the basis has no modules");
        return modules;
    }

    /** Layer of a tensor of a module; -1 of any other. */
    private static int layer(String tensor) {
        Matcher matcher = LAYER.matcher(tensor);
        return matcher.lookingAt() ? Integer.parseInt(matcher.group(1)) : -1;
    }

    /** Frobenius norm of ΔW of each module. */
    public List<Double> norms(float[] values) {
        List<Double> norms = new ArrayList<>();
        for (int i = 0; i < shape.modules().size(); i++) {
            ModuleUpdate update = lora.update(i, values);
            norms.add(Math.sqrt(
                    Math.max(0, product(update, update, shape.modules().get(i)))));
        }
        return norms;
    }

    /** Cosine of two updates of the same base: of all ΔW as one vector. NaN where one of them is zero. */
    public static double cosine(Movement one, float[] values, Movement other, float[] otherValues) {
        double product = 0;
        double first = 0;
        double second = 0;
        Set<AdaptedModule> modules = new LinkedHashSet<>(one.shape.modules());
        modules.addAll(other.shape.modules());
        for (AdaptedModule module : modules) {
            ModuleUpdate a = one.update(module, values);
            ModuleUpdate b = other.update(module, otherValues);
            product += product(a, b, module);
            first += product(a, a, module);
            second += product(b, b, module);
        }
        return product / Math.sqrt(first * second);
    }

    /** None of a module that is not adapted. */
    private ModuleUpdate update(AdaptedModule module, float[] values) {
        return lora.update(shape.modules().indexOf(module), values);
    }

    /** Cosine of two vectors; NaN where one of them is zero. */
    public static double cosine(float[] one, float[] other) {
        double product = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < one.length; i++) {
            product += (double) one[i] * other[i];
            first += (double) one[i] * one[i];
            second += (double) other[i] * other[i];
        }
        return product / Math.sqrt(first * second);
    }

    /** Frobenius product of L A and M B, by the small products L' M and A B'. */
    private static double product(ModuleUpdate one, ModuleUpdate other, AdaptedModule module) {
        float[] left = one.left();
        float[] right = other.left();
        double sum = 0;
        for (int k = 0; k < one.rank(); k++) {
            for (int l = 0; l < other.rank(); l++) {
                double columns = 0;
                for (int o = 0; o < module.outWidth(); o++) {
                    columns += (double) left[o * one.rank() + k] * right[o * other.rank() + l];
                }
                double rows = 0;
                for (int i = 0; i < module.inWidth(); i++) {
                    rows += (double) one.a()[k * module.inWidth() + i] * other.a()[l * module.inWidth() + i];
                }
                sum += columns * rows;
            }
        }
        return sum;
    }
}
