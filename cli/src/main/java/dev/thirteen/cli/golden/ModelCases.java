package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.engine.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A checkpoint: logits, log-probs and greedy continuations of single inputs, and the same inputs in padded batches. */
final class ModelCases {
    private final GoldenReport report;
    private final BaseModel base;
    private final PolicyCases cases;

    private ModelCases(GoldenReport report, BaseModel base) {
        this.report = report;
        this.base = base;
        this.cases = new PolicyCases(report, base, Policy.BASE);
    }

    static void check(GoldenFolder golden, Path folder) {
        String name = golden.name(folder);
        JsonNode expected = GoldenFolder.expected(folder, "cases");
        try (BaseModel base = PolicyCases.load(folder, Precision.FP32)) {
            ModelCases all = new ModelCases(golden.report(), base);
            all.sizes(name, expected);
            for (JsonNode one : expected.path("cases"))
                all.single(name + " " + one.path("id").asText(), one);
            for (JsonNode one : expected.path("batches")) {
                String batch = name + " " + one.path("id").asText();
                golden.report().guard(batch, () -> all.batch(batch, one));
            }
        }
        if (!expected.path("cases").path(0).has("bfloat16")) return;
        try (BaseModel base = PolicyCases.load(folder, Precision.BF16)) {
            PolicyCases cases = new PolicyCases(golden.report(), base, Policy.BASE);
            for (JsonNode one : expected.path("cases"))
                cases.bf16(name + " " + one.path("id").asText(), one);
        }
    }

    /** Words of the model, and the tokens that end a text. */
    private void sizes(String name, JsonNode expected) {
        if (expected.has("vocab_size")) {
            int[] ids = Numbers.ints(expected.path("cases").path(0).path("ids"));
            String words = Integer.toString(cases.logits(ids).length);
            report.exact(
                    name + " vocab_size", words, expected.path("vocab_size").asText());
        }
        JsonNode ends = expected.path("special").path("eos");
        if (ends.isMissingNode() || ends.isNull()) return;
        boolean all = true;
        for (double id : Numbers.flat(ends)) all &= base.tokenizer().isStop((int) id);
        report.exact(name + " eos", all);
    }

    private void single(String name, JsonNode one) {
        cases.fp32(name, one);
        if (!one.has("greedy")) return;
        report.guard(name + " greedy", () -> greedy(name, Numbers.ints(one.path("ids")), one.path("greedy")));
    }

    /** By prefill and decode, step by step; a stop token ends a sample, so the path goes on from there as a new prompt. */
    private void greedy(String name, int[] prompt, JsonNode greedy) {
        int[] expected = Numbers.ints(greedy.path("ids"));
        List<Integer> path = new ArrayList<>();
        int firstStop = -1;
        try (Decoder decoder = new Decoder(base, new Decoder.Options(1, prompt.length + expected.length, false))) {
            while (path.size() < expected.length) {
                int[] ids = joined(prompt, path);
                SamplingParameters sampling = new SamplingParameters(0, 1, 0, expected.length - path.size(), 0);
                decoder.admit(new Decoder.Group(path.size(), Policy.BASE, ids, 1, sampling, 0));
                FinishReason end = null;
                while (end == null) {
                    // A long prompt takes steps of its own.
                    for (Decoder.Token token : decoder.step()) {
                        path.add(token.tokenId());
                        end = token.finish();
                    }
                }
                if (end == FinishReason.STOP && firstStop < 0) firstStop = path.size() - 1;
            }
        }
        report.exact(name + " greedy", path.toString(), Arrays.toString(expected));
        if (greedy.has("first_stop_index")) {
            report.exact(
                    name + " greedy, first stop",
                    firstStop == greedy.path("first_stop_index").asInt(-1));
        }
    }

    private static int[] joined(int[] prompt, List<Integer> path) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + path.size());
        for (int i = 0; i < path.size(); i++) ids[prompt.length + i] = path.get(i);
        return ids;
    }

    /** All rows in one pass; each must give what it gives alone. */
    private void batch(String name, JsonNode batch) {
        List<PolicyGradient.Sequence> sequences = new ArrayList<>();
        List<double[]> expected = new ArrayList<>();
        for (JsonNode row : GoldenFolder.some(batch, "expected")) {
            int index = row.path("row").asInt();
            if (!batch.path("input_ids").has(index)) {
                report.failed("%s row %d".formatted(name, index), "input_ids has no such row");
                continue;
            }
            int[] ids = unpadded(
                    batch.path("input_ids").path(index),
                    batch.path("attention_mask").path(index));
            if (ids.length < 2) continue;
            sequences.add(PolicyCases.sequence(ids));
            expected.add(Numbers.flat(row.path("next_token_logprobs")));
        }
        List<double[]> actual = cases.logProbs(sequences);
        for (int i = 0; i < expected.size(); i++) {
            double distance = Numbers.largest(actual.get(i), expected.get(i));
            report.within("%s row %d log-probs".formatted(name, i), distance, PolicyCases.LOG_PROBS);
        }
    }

    private static int[] unpadded(JsonNode ids, JsonNode mask) {
        List<Integer> kept = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++)
            if (mask.path(i).asInt() == 1) kept.add(ids.get(i).asInt());
        return kept.stream().mapToInt(Integer::intValue).toArray();
    }
}
