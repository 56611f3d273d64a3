package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.MergedCheckpoint;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.StoredTensor;
import java.nio.file.Path;

/** A merged checkpoint: what it computes, and that our merge of base and adapter gives the same weights. */
final class MergedCases {
    private static final double WEIGHT = 2e-6;
    // Half a unit in the last of bf16's 8 bits, relative to the largest weights of these files (about 1).
    private static final double WEIGHT_BF16 = 4e-3;

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
                compare(golden.report(), golden.name(folder), ours.path(), folder);
                return ours;
            });
        }
    }

    private static void compare(GoldenReport report, String name, Path ours, Path theirs) {
        try (Safetensors mine = Safetensors.openFolder(ours);
                Safetensors golden = Safetensors.openFolder(theirs)) {
            double largest = 0;
            boolean narrow = false;
            for (StoredTensor one : mine.tensors()) {
                String tensor = one.name();
                // A tied head may be stored once more, or not.
                if (!golden.has(tensor)) continue;
                narrow |= mine.get(tensor).type() != golden.get(tensor).type();
                double[] actual = Numbers.wide(mine.get(tensor).floats());
                double[] wanted = Numbers.wide(golden.get(tensor).floats());
                largest = Math.max(largest, Numbers.largest(actual, wanted));
            }
            // The merge is stored in the base's own format, which may be narrower than the file's.
            report.within(name + " weights, merged here", largest, narrow ? WEIGHT_BF16 : WEIGHT);
        }
    }
}
