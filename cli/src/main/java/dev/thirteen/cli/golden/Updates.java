package dev.thirteen.cli.golden;

import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.ModuleType;
import dev.thirteen.core.adapter.TinyLora;
import java.util.Map;

/** TinyLoRA's update of one matrix. */
final class Updates {
    private Updates() {}

    /** B (Σᵢ vᵢ Pᵢ) A: [out, in]. */
    static double[] dense(float[] a, float[] b, float[] p, float[] v, int rank) {
        TinyLora family = new TinyLora(v.length, Map.of(0, new TinyLora.Factors(0, rank, a, b, p, new float[0])));
        AdaptedModule module = new AdaptedModule(0, ModuleType.Q, a.length / rank, b.length / rank);
        return Numbers.wide(family.update(0, v).dense(module));
    }
}
