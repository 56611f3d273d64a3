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
    // One unit of bf16's last bit, where fp32 rounding took the other side, relative to a power of two.
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
            for (JsonNode one : GoldenFolder.some(GoldenFolder.json(file), "cases")) {
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
            values(report, name, file, svd, Numbers.flat(expected.path("singular_values")));
            Factors paper = new Factors(rank, svd.u(), transposed(svd.v(), rank));
            Factors golden = new Factors(rank, floats(file, "paper.U"), transposed(floats(file, "paper.V"), rank));
            report.within(name + " paper.U, paper.V, up to sign", paper.distance(golden, 0), VECTOR);
            peft(report, name, file, svd);
            for (String form : new String[] {"paper", "peft"}) delta(report, name, file, svd, form);
        }
    }

    /** The file may list more values than it has vectors. */
    private static void values(
            GoldenReport report, String name, Safetensors file, TruncatedSvd svd, double[] singular) {
        long[] shape = file.get("W").shape();
        float[] all = singular.length <= svd.rank()
                ? svd.s()
                : TruncatedSvd.of(file.get("W").floats(), (int) shape[0], (int) shape[1], singular.length)
                        .s();
        for (int k = 0; k < Math.max(svd.rank(), singular.length); k++) {
            double apart = k < singular.length ? Math.abs(all[k] - singular[k]) / singular[k] : Double.NaN;
            report.within("%s S[%d], relative".formatted(name, k), apart, VALUE);
        }
        if (!file.has("paper.S")) return;
        double distance = Numbers.relative(Numbers.wide(svd.s()), Numbers.wide(floats(file, "paper.S")));
        report.within(name + " paper.S, relative", distance, VALUE);
    }

    private static void peft(GoldenReport report, String name, Safetensors file, TruncatedSvd svd) {
        double size = Math.sqrt(svd.s()[0]);
        if (file.has("peft.A")) {
            Factors golden = new Factors(svd.rank(), floats(file, "peft.B"), floats(file, "peft.A"));
            double distance = new Factors(svd.rank(), svd.b(0.5), svd.a(0.5)).distance(golden, 0);
            report.within(name + " peft.B, peft.A, up to sign, relative to √S[0]", distance / size, VECTOR);
        }
        if (file.has("peft_bf16.A")) {
            Factors golden = new Factors(svd.rank(), floats(file, "peft_bf16.B"), floats(file, "peft_bf16.A"));
            double distance = rounded(svd).distance(golden, BF16);
            report.within(name + " peft_bf16, up to sign, beyond rounding", distance / size, VECTOR);
        }
    }

    private static float[] floats(Safetensors file, String name) {
        return file.get(name).floats();
    }

    private static float[] transposed(float[] columns, int rank) {
        float[] rows = new float[columns.length];
        int length = columns.length / rank;
        for (int i = 0; i < columns.length; i++) rows[i % rank * length + i / rank] = columns[i];
        return rows;
    }

    /** Two matrices of one product: b by columns [out, rank], a by rows [rank, in]. */
    private record Factors(int rank, float[] b, float[] a) {
        /** Largest difference beyond a relative one, each column and its row up to a common sign. */
        double distance(Factors golden, double relative) {
            double largest = 0;
            for (int k = 0; k < rank; k++)
                largest = Math.max(largest, Math.min(apart(golden, k, 1, relative), apart(golden, k, -1, relative)));
            return largest;
        }

        private double apart(Factors golden, int k, int sign, double relative) {
            double apart = 0;
            for (int i = k; i < b.length; i += rank) apart = Math.max(apart, apart(b[i], sign * golden.b[i], relative));
            int in = a.length / rank;
            for (int i = k * in; i < (k + 1) * in; i++) {
                apart = Math.max(apart, apart(a[i], sign * golden.a[i], relative));
            }
            return apart;
        }

        private static double apart(float actual, float golden, double relative) {
            return Math.abs(actual - golden) - relative * Math.abs(golden);
        }
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
        report.within("%s %s.delta, relative l2".formatted(name, form), Numbers.relative(actual, golden), VALUE);
    }

    /** PEFT's factors of a bf16 base: U, S and V rounded first, then the root and the products in bf16. */
    private static Factors rounded(TruncatedSvd svd) {
        int rank = svd.rank();
        int in = svd.v().length / rank;
        float[] a = new float[svd.v().length];
        float[] b = new float[svd.u().length];
        for (int i = 0; i < b.length; i++) b[i] = low(low(svd.u()[i]) * root(svd, i % rank));
        for (int i = 0; i < in; i++) {
            for (int k = 0; k < rank; k++) a[k * in + i] = low(low(svd.v()[i * rank + k]) * root(svd, k));
        }
        return new Factors(rank, b, a);
    }

    private static float root(TruncatedSvd svd, int k) {
        return low((float) Math.sqrt(low(svd.s()[k])));
    }

    private static float low(float value) {
        return ValueType.BF16.round(value);
    }
}
