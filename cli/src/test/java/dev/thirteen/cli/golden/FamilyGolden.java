package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.MergedCheckpoint;
import dev.thirteen.engine.NextTokenLogits;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Makes golden adapter folders of families that PEFT lacks: random tensors, and what the merged fp32 checkpoint computes,
 * ΔW as the difference of its weights from the base's.
 */
final class FamilyGolden {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int[] IDS = {5, 101, 42, 7, 300, 64, 9};

    private final BaseModel base;
    private final Path root;
    private final String basePath;
    private final TensorFile tensors = new TensorFile();
    private final Random random = new Random(7);

    /**
     * @param root of all golden files
     * @param basePath of the base below it
     */
    FamilyGolden(BaseModel base, Path root, String basePath) {
        this.base = base;
        this.root = root;
        this.basePath = basePath;
    }

    /** One tensor for the folder, its name behind {@code base_model.model.}. */
    FamilyGolden tensor(String name, long... shape) {
        int elements = 1;
        for (long side : shape) elements *= (int) side;
        float[] numbers = new float[elements];
        for (int i = 0; i < elements; i++) numbers[i] = (float) (0.3 * random.nextGaussian());
        tensors.add("base_model.model." + name, numbers, shape);
        return this;
    }

    /** The adapter folder, and its expected.json. */
    void write(Path folder, String config, Path merged) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("adapter_config.json"), config);
        Files.write(folder.resolve("adapter_model.safetensors"), tensors.bytes());
        Policy policy = AdapterFolder.read(base, folder).policy();
        MergedCheckpoint.write(base, policy, merged);
        ObjectNode expected = JSON.createObjectNode();
        expected.put("base", basePath);
        expected.put("trained_numbers", policy.values().length);
        inputs(expected, merged);
        updates(expected.putObject("delta_w"), root.resolve(basePath), merged);
        Files.writeString(folder.resolve("expected.json"), expected.toString());
    }

    private static void inputs(ObjectNode expected, Path merged) {
        ObjectNode input = expected.putArray("inputs").addObject();
        input.put("id", "len7");
        for (int id : IDS) input.withArray("ids").add(id);
        try (BaseModel whole = PolicyCases.load(merged, Precision.FP32)) {
            for (float logit : NextTokenLogits.of(whole, Policy.BASE, IDS))
                input.withArray("last_logits").add(logit);
            double[] logProbs = new PolicyGradient(whole)
                    .logProbs(Policy.BASE, List.of(PolicyCases.sequence(IDS)), 1, 64)
                    .getFirst();
            for (double logProb : logProbs)
                input.withArray("next_token_logprobs").add(logProb);
        }
    }

    private void updates(ObjectNode modules, Path original, Path merged) {
        try (Safetensors before = Safetensors.open(original.resolve("model.safetensors"));
                Safetensors after = Safetensors.open(merged.resolve("model.safetensors"))) {
            for (AdaptedModule module : base.shape().modules()) {
                String weight = module.path() + ".weight";
                double[] dense =
                        minus(after.get(weight).floats(), before.get(weight).floats());
                double norm = Math.sqrt(Arrays.stream(dense).map(x -> x * x).sum());
                if (norm == 0) continue;
                ObjectNode entry = modules.putObject(module.path());
                entry.put("frobenius", norm);
                for (int i = 0; i < 4; i++) {
                    entry.withArray("first_row").add(dense[i]);
                    entry.withArray("last_row").add(dense[dense.length - 4 + i]);
                }
            }
        }
    }

    private static double[] minus(float[] one, float[] other) {
        double[] difference = new double[one.length];
        for (int i = 0; i < one.length; i++) difference[i] = (double) one[i] - other[i];
        return difference;
    }
}
