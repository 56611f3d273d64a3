package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.adapter.AdaptedModule;
import dev.thirteen.core.adapter.FullWeights;
import dev.thirteen.core.adapter.ModuleUpdate;
import dev.thirteen.core.adapter.TinyLora;
import dev.thirteen.core.adapter.Vera;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.AdapterExport;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** An adapter folder: logits and log-probs with the adapter unmerged, ΔW of every module, and what exports give back. */
final class AdapterCases {
    private static final double FROBENIUS = 1e-5;
    // Files round to six digits.
    private static final double ENTRY = 1e-6;
    private static final double ENTRY_RELATIVE = 1e-5;
    private static final double PROJECTION = 2e-6;

    private final GoldenReport report;
    private final String name;
    private final BaseModel base;
    private final AdapterFolder adapter;
    private final Policy policy;
    private final Basis basis;

    private AdapterCases(GoldenReport report, String name, BaseModel base, AdapterFolder adapter) {
        this.report = report;
        this.name = name;
        this.base = base;
        this.adapter = adapter;
        this.policy = adapter.policy();
        this.basis = Objects.requireNonNull(policy.basis());
    }

    static void check(GoldenFolder golden, Path folder) {
        String name = golden.name(folder);
        JsonNode expected = GoldenFolder.expected(folder, "inputs");
        Path basePath = golden.resolve(expected.path("base").asText());
        try (BaseModel base = PolicyCases.load(basePath, Precision.FP32)) {
            AdapterFolder adapter = AdapterFolder.read(base, folder);
            AdapterCases cases = new AdapterCases(golden.report(), name, base, adapter);
            cases.numbers(expected);
            if (expected.has("delta_w")) cases.updates(expected);
            cases.summary(expected);
            cases.drawn(expected);
            for (JsonNode input : expected.path("inputs")) cases.input(input);
            golden.report().guard(name + " export", () -> cases.export(expected));
        }
    }

    private void numbers(JsonNode expected) {
        if (!expected.has("trained_numbers")) return;
        report.exact(
                name + " trained numbers",
                Integer.toString(basis.trainedNumbers()),
                expected.path("trained_numbers").asText());
    }

    private void input(JsonNode input) {
        new PolicyCases(report, base, policy).fp32(name + " " + input.path("id").asText(), input);
    }

    /** ΔW of the modules that the file names; all others must have none. */
    private void updates(JsonNode expected) {
        List<AdaptedModule> modules = base.shape().modules();
        double frobenius = 0;
        double entries = 0;
        int named = 0;
        for (int i = 0; i < modules.size(); i++) {
            AdaptedModule module = modules.get(i);
            ModuleUpdate update = basis.family().update(i, policy.values());
            JsonNode golden = expected.path("delta_w").path(module.path());
            if (golden.isMissingNode()) {
                if (update.rank() > 0)
                    report.failed(name + " " + module.path(), "has a ΔW that the file does not name");
                continue;
            }
            double[] dense = Numbers.wide(update.dense(module));
            double norm = Math.sqrt(Arrays.stream(dense).map(x -> x * x).sum());
            double wanted = golden.path("frobenius").asDouble();
            frobenius = worse(frobenius, wanted == 0 ? norm : Math.abs(norm - wanted) / wanted);
            double[] first = Numbers.flat(golden.path("first_row"));
            double[] last = Numbers.flat(golden.path("last_row"));
            entries = worse(entries, entries(Arrays.copyOf(dense, first.length), first));
            int from = dense.length - last.length;
            entries = worse(entries, entries(Arrays.copyOfRange(dense, from, dense.length), last));
            structure(named++, module, i, update, golden);
        }
        report.within(name + " ΔW, Frobenius norms, relative", frobenius, FROBENIUS);
        report.within(name + " ΔW, entries", entries, ENTRY);
        report.exact(
                name + " ΔW, every module is there",
                named == expected.path("delta_w").size());
    }

    /** What the file says of frozen parts that come of a seed or a key. */
    private void drawn(JsonNode expected) {
        projections(expected.path("projection_from_seed"));
        if (basis.family() instanceof Vera family && expected.has("projection_from_key")) {
            shared(expected.get("projection_from_key"), "A", family.a(), family.widest());
            shared(expected.get("projection_from_key"), "B", family.b(), family.rank());
        }
    }

    /** Largest distance; of entries beyond 0.1 a relative one, in the same units. */
    private static double entries(double[] actual, double[] expected) {
        return ENTRY * Numbers.scaled(actual, expected, ENTRY, ENTRY_RELATIVE);
    }

    /** What the file says of all modules together. */
    private void summary(JsonNode expected) {
        if (expected.has("groups") && basis.family() instanceof TinyLora family) {
            report.exact(
                    name + " groups",
                    Integer.toString(family.slots()),
                    expected.path("groups").asText());
        }
        if (!expected.has("ranks")) return;
        int[] ranks = IntStream.range(0, base.shape().modules().size())
                .filter(i -> expected.path("delta_w")
                        .has(base.shape().modules().get(i).path()))
                .map(i -> basis.family().update(i, policy.values()).rank())
                .distinct()
                .sorted()
                .toArray();
        report.exact(name + " ranks", Arrays.equals(ranks, Numbers.ints(expected.path("ranks"))));
    }

    /** Shape, first and last numbers of a matrix that all modules share. */
    private void shared(JsonNode golden, String matrix, float[] numbers, int columns) {
        String of = name + " " + matrix;
        int[] shape = {numbers.length / columns, columns};
        report.exact(of + " shape", Arrays.equals(shape, Numbers.ints(golden.path(matrix + "_shape"))));
        double[] all = Numbers.wide(numbers);
        double[] first = Numbers.flat(golden.path(matrix + "_first"));
        double[] last = Numbers.flat(golden.path(matrix + "_last"));
        double distance = Math.max(
                Numbers.largest(Arrays.copyOf(all, first.length), first),
                Numbers.largest(Arrays.copyOfRange(all, all.length - last.length, all.length), last));
        report.within(of + " from its key", distance, PROJECTION);
    }

    private static double worse(double one, double other) {
        return other <= one ? one : other;
    }

    /** Number, shape, rank and group, reported where they are wrong. */
    private void structure(int number, AdaptedModule module, int index, ModuleUpdate update, JsonNode golden) {
        String of = name + " " + module.path();
        if (golden.has("index") && golden.path("index").asInt() != number) {
            report.failed(of, "is number %d, expected %s".formatted(number, golden.path("index")));
        }
        int[] shape = {module.outWidth(), module.inWidth()};
        if (golden.has("shape") && !Arrays.equals(shape, Numbers.ints(golden.path("shape")))) {
            report.failed(of, "shape %s, expected %s".formatted(Arrays.toString(shape), golden.path("shape")));
        }
        if (golden.has("rank") && golden.path("rank").asInt() != update.rank()) {
            report.failed(of, "rank %d, expected %s".formatted(update.rank(), golden.path("rank")));
        }
        if (golden.has("group") && basis.family() instanceof TinyLora family) {
            int slot = family.factors(index).slot();
            if (slot != golden.path("group").asInt()) {
                report.failed(of, "group %d, expected %s".formatted(slot, golden.path("group")));
            }
        }
    }

    private void projections(JsonNode golden) {
        if (!(basis.family() instanceof TinyLora family)) return;
        List<AdaptedModule> modules = base.shape().modules();
        for (int i = 0; i < modules.size(); i++) {
            JsonNode p = golden.path(modules.get(i).path());
            if (p.isMissingNode()) continue;
            double distance = Numbers.largest(Numbers.wide(family.factors(i).p()), Numbers.flat(p));
            report.within(name + " P of " + modules.get(i).path(), distance, PROJECTION);
        }
    }

    /** PEFT's form must give back the same tensors where PEFT has the family, a plain LoRA the same function. */
    private void export(JsonNode expected) {
        JsonNode input = expected.path("inputs").path(0);
        switch (AdapterExport.peftForm(basis)) {
            case FAMILY -> {
                AdapterFolder again = reread(AdapterExport.Format.PEFT);
                boolean same = Arrays.equals(again.policy().values(), policy.values())
                        && Objects.requireNonNull(again.policy().basis())
                                .digest()
                                .equals(basis.digest());
                report.exact(name + " import, export, import", same);
                if (changesNothing()) refused(" as plain LoRA", AdapterExport.Format.LORA);
                else sameFunction(" as plain LoRA, logits", AdapterExport.Format.LORA, input);
            }
            case PLAIN_LORA -> {
                sameFunction(" for PEFT as plain LoRA, logits", AdapterExport.Format.PEFT, input);
                if (basis.family() instanceof FullWeights) refused(" as plain LoRA", AdapterExport.Format.LORA);
                else sameFunction(" as plain LoRA, logits", AdapterExport.Format.LORA, input);
            }
            case NONE -> {
                refused(" for PEFT", AdapterExport.Format.PEFT);
                refused(" as plain LoRA", AdapterExport.Format.LORA);
            }
        }
    }

    private boolean changesNothing() {
        return IntStream.range(0, base.shape().modules().size())
                .mapToObj(i -> basis.family().update(i, policy.values()))
                .allMatch(update -> update.rank() == 0);
    }

    private void sameFunction(String what, AdapterExport.Format format, JsonNode input) {
        Policy exported = reread(format).policy();
        double[] logits = new PolicyCases(report, base, exported).logits(Numbers.ints(input.path("ids")));
        double distance = Numbers.largest(logits, Numbers.flat(input.path("last_logits")));
        report.within(name + what, distance, PolicyCases.LOGITS);
    }

    /** What no LoRA can hold must be refused, and the reason said. */
    private void refused(String what, AdapterExport.Format format) {
        try {
            AdapterExport.files(base, policy, adapter.valueType(), "base", format);
            report.failed(name + what, "was written, which cannot hold it");
        } catch (Failure refused) {
            report.passed(name + what, "refused: " + refused.getMessage());
        }
    }

    private AdapterFolder reread(AdapterExport.Format format) {
        Map<String, byte[]> files = AdapterExport.files(base, policy, adapter.valueType(), "base", format);
        return TemporaryFolder.with(folder -> {
            folder.write(files);
            return AdapterFolder.read(base, folder.path());
        });
    }
}
