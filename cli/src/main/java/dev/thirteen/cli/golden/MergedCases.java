package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.MergedCheckpoint;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import dev.thirteen.engine.TensorType;
import java.nio.file.Path;

/** A merged checkpoint: what it computes, and that our merge of base and adapter gives the same weights. */
final class MergedCases {
    private static final double WEIGHT = 2e-6;

    private MergedCases() {}

    static void check(GoldenFolder golden, Path folder) {
        String name = golden.name(folder);
        JsonNode expected = GoldenFolder.expected(folder, "cases");
        try (BaseModel merged = PolicyCases.load(folder, Precision.FP32)) {
            PolicyCases cases = new PolicyCases(golden.report(), merged, Policy.BASE);
            for (JsonNode one : expected.path("cases"))
                cases.fp32(name + " " + one.path("id").asText(), one);
        }
        try (BaseModel merged = PolicyCases.load(folder, Precision.BF16)) {
            PolicyCases cases = new PolicyCases(golden.report(), merged, Policy.BASE);
            for (JsonNode one : expected.path("cases")) {
                if (one.has("bfloat16")) cases.bf16(name + " " + one.path("id").asText(), one);
            }
        }
        if (!expected.has("merged_from")) return;
        golden.report().guard(name + " weights", () -> weights(golden, folder, expected));
    }

    private static void weights(GoldenFolder golden, Path folder, JsonNode expected) {
        Path basePath = golden.resolve(expected.path("base").asText());
        Path adapterPath = golden.resolve(expected.path("merged_from").asText());
        try (BaseModel base = PolicyCases.load(basePath, Precision.FP32)) {
            Policy policy = AdapterFolder.read(base, adapterPath).policy();
            TemporaryFolder.with(ours -> {
                MergedCheckpoint.write(base, policy, ours.path());
                compare(golden.report(), golden.name(folder), basePath, ours.path(), folder);
                return ours;
            });
        }
    }

    private static void compare(GoldenReport report, String name, Path basePath, Path ours, Path theirs) {
        try (Safetensors base = Safetensors.openFolder(basePath);
                Safetensors mine = Safetensors.openFolder(ours);
                Safetensors golden = Safetensors.openFolder(theirs)) {
            double largest = 0;
            for (StoredTensor one : mine.tensors()) {
                // A tied head may be stored once more, or not.
                if (!golden.has(one.name())) continue;
                double distance = distance(base.get(one.name()).floats(), one, golden.get(one.name()));
                if (!(distance <= largest)) largest = distance;
            }
            report.within(name + " weights, merged here, in units of their rounding", largest, 1);
        }
    }

    /**
     * Largest distance of two weights, relative to what rounding may do: each of the two was rounded to its format, and where
     * the file's is narrow PEFT may have computed ΔW in it.
     */
    private static double distance(float[] base, StoredTensor mine, StoredTensor golden) {
        float[] actual = mine.floats();
        float[] expected = golden.floats();
        if (actual.length != expected.length) return Double.POSITIVE_INFINITY;
        double own = rounding(mine.type());
        double theirs = rounding(golden.type());
        double update = Numbers.largest(Numbers.wide(expected), Numbers.wide(base));
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double size = Math.abs(expected[i]);
            double bound = WEIGHT + own * size + theirs * (size + 2 * update);
            double distance = Math.abs(actual[i] - expected[i]) / bound;
            if (!(distance <= largest)) largest = distance;
        }
        return largest;
    }

    /** Half a unit in the last place, relative to a number that is a power of two. */
    private static double rounding(TensorType type) {
        return switch (type) {
            case BF16 -> 0x1p-8;
            case F16 -> 0x1p-11;
            default -> 0;
        };
    }
}
