package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.TruncatedSvd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Truncated SVDs: the triplets, and the factors in the paper's form and in PEFT's. */
final class SvdCases {
    private static final double VECTOR = 5e-5;
    private static final double VALUE = 1e-5;
    // One unit of bf16's last bit, where fp32 rounding took the other side.
    private static final double BF16 = 1.0 / 128;

    private SvdCases() {}

    static void check(GoldenFolder golden, Path part) {
        GoldenReport report = golden.report();
        Path file = part.resolve("expected.json");
        if (!Files.isRegularFile(file)) {
            report.failed(golden.name(part), "expected.json is missing");
            return;
        }
        Set<Path> known = new HashSet<>(Set.of(file));
        report.guard(golden.name(file), () -> {
            for (JsonNode one : GoldenFolder.json(file).path("cases")) {
                Path tensors = golden.resolve(one.path("file").asText());
                known.add(tensors);
                report.guard(golden.name(tensors), () -> one(report, golden.name(tensors), tensors, one));
            }
        });
        for (Path other : GoldenFolder.list(part)) {
            if (!known.contains(golden.resolve(golden.name(other))))
                report.failed(golden.name(other), "is of no known kind");
        }
    }

    private static void one(GoldenReport report, String name, Path path, JsonNode expected) {
        int rank = expected.path("rank").asInt();
        try (Safetensors file = Safetensors.open(path)) {
            long[] shape = file.get("W").shape();
            int out = Math.toIntExact(shape[0]);
            int in = Math.toIntExact(shape[1]);
            TruncatedSvd svd = TruncatedSvd.of(file.get("W").floats(), out, in, rank);
            double[] s = Numbers.flat(expected.path("singular_values"));
            for (int k = 0; k < rank; k++) {
                report.within("%s S[%d], relative".formatted(name, k), Math.abs(svd.s()[k] - s[k]) / s[k], VALUE);
            }
            pairs(report, name + " paper.U, paper.V", svd.u(), svd.v(), file, "paper.U", "paper.V", rank, 1, 1, VECTOR);
            float[] a = svd.a(0.5);
            float[] b = svd.b(0.5);
            if (file.has("peft.A")) {
                pairs(report, name + " peft.B, peft.A", b, a, file, "peft.B", "peft.A", rank, 1, in, VECTOR);
            }
            if (file.has("peft_bf16.A")) {
                Rounded low = Rounded.of(svd);
                pairs(
                        report,
                        name + " peft_bf16",
                        low.b(),
                        low.a(),
                        file,
                        "peft_bf16.B",
                        "peft_bf16.A",
                        rank,
                        1,
                        in,
                        BF16);
            }
            for (String form : new String[] {"paper", "peft"}) delta(report, name, file, svd, form);
        }
    }

    /** Columns of two matrices up to a common sign; {@code second} is by columns (stride 1) or by rows of this length. */
    private static void pairs(
            GoldenReport report,
            String name,
            float[] first,
            float[] second,
            Safetensors file,
            String firstName,
            String secondName,
            int rank,
            int stride,
            int rowLength,
            double bound) {
        float[] goldenFirst = file.get(firstName).floats();
        float[] goldenSecond = file.get(secondName).floats();
        double largest = 0;
        for (int k = 0; k < rank; k++) {
            double plus = 0;
            double minus = 0;
            for (int i = k; i < first.length; i += rank) {
                plus = Math.max(plus, Math.abs(first[i] - goldenFirst[i]));
                minus = Math.max(minus, Math.abs(first[i] + goldenFirst[i]));
            }
            int begin = rowLength == 1 ? k : k * rowLength;
            int end = rowLength == 1 ? second.length : (k + 1) * rowLength;
            int step = rowLength == 1 ? rank : stride;
            for (int i = begin; i < end; i += step) {
                plus = Math.max(plus, Math.abs(second[i] - goldenSecond[i]));
                minus = Math.max(minus, Math.abs(second[i] + goldenSecond[i]));
            }
            largest = Math.max(largest, Math.min(plus, minus));
        }
        report.within(name + ", up to sign", largest, bound);
    }

    /** ΔW with the file's P and v: the signs are those of paper.U, which are ours. */
    private static void delta(GoldenReport report, String name, Safetensors file, TruncatedSvd svd, String form) {
        if (!file.has(form + ".delta") || !file.has("P") || !file.has("v")) return;
        double power = form.equals("paper") ? 0 : 0.5;
        double[] actual = Updates.dense(
                svd.a(power),
                svd.b(1 - power),
                file.get("P").floats(),
                file.get("v").floats(),
                svd.rank());
        double[] golden = Numbers.wide(file.get(form + ".delta").floats());
        report.within("%s %s.delta".formatted(name, form), Numbers.largest(actual, golden), VALUE);
    }

    /** PEFT's factors of a bf16 base: U, S and V rounded first, then the root and the products in bf16. */
    private record Rounded(float[] a, float[] b) {
        static Rounded of(TruncatedSvd svd) {
            int rank = svd.rank();
            int in = svd.v().length / rank;
            float[] a = new float[svd.v().length];
            float[] b = new float[svd.u().length];
            for (int i = 0; i < b.length; i++) b[i] = low(low(svd.u()[i]) * root(svd, i % rank));
            for (int i = 0; i < in; i++) {
                for (int k = 0; k < rank; k++) a[k * in + i] = low(low(svd.v()[i * rank + k]) * root(svd, k));
            }
            return new Rounded(a, b);
        }

        private static float root(TruncatedSvd svd, int k) {
            return low((float) Math.sqrt(low(svd.s()[k])));
        }

        private static float low(float value) {
            return ValueType.BF16.round(value);
        }
    }
}
