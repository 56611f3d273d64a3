package dev.thirteen.bench;

import dev.thirteen.core.adapter.SigmaForm;
import dev.thirteen.core.adapter.TinyLoraSpec;
import dev.thirteen.core.adapter.Tying;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Distinct TinyLoRA policies of 13 numbers on one basis. */
final class Adapters {
    private static final TinyLoraSpec SPEC = new TinyLoraSpec(2, 13, Tying.ALL, 1, SigmaForm.PAPER, 42, ValueType.BF16);

    private Adapters() {}

    static List<Policy> of(BaseModel base, int count) {
        Basis basis = Basis.derive(base, SPEC);
        SplittableRandom random = new SplittableRandom(3);
        List<Policy> policies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] values = new float[basis.trainedNumbers()];
            for (int j = 0; j < values.length; j++) values[j] = (float) (0.05 * random.nextGaussian());
            policies.add(new Policy(basis, values));
        }
        return policies;
    }
}
