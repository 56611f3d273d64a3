package dev.thirteen.engine;

import dev.thirteen.core.adapter.AdapterFamily;
import dev.thirteen.core.adapter.AdapterFamily.TrainedPart;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.adapter.ModuleUpdate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The frozen A and B of a basis as one thing. Bases whose R is trained and that differ in nothing frozen beside A and B have
 * equal ones: their policies share the columns of a batch, whatever their seeds, u and tying.
 */
final class FrozenFactors {
    /** A and B of module after module, each the one array of its content; of no other family. */
    private final List<float[]> arrays = new ArrayList<>();

    FrozenFactors(ModelShape shape, AdapterFamily family) {
        if (family.trainedPart() != TrainedPart.CORE) return;
        for (int module = 0; module < shape.modules().size(); module++) {
            ModuleUpdate update = family.update(module, new float[0]);
            arrays.add(update.a());
            arrays.add(update.b());
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) return true;
        if (arrays.isEmpty() || !(other instanceof FrozenFactors factors)) return false;
        if (arrays.size() != factors.arrays.size()) return false;
        for (int i = 0; i < arrays.size(); i++) if (arrays.get(i) != factors.arrays.get(i)) return false;
        return true;
    }

    @Override
    public int hashCode() {
        int hash = arrays.isEmpty() ? System.identityHashCode(this) : 1;
        for (float[] array : arrays) hash = 31 * hash + System.identityHashCode(array);
        return hash;
    }
}
