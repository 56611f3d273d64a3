package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.thirteen.core.grpo.GroupAdvantages;
import dev.thirteen.core.grpo.SequenceLoss;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.Precision;
import dev.thirteen.engine.Safetensors;
import dev.thirteen.engine.TensorType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Losses and gradients of one step, objective by objective; and advantages of groups of rewards. */
final class GradientCases {
    private static final double RELATIVE = 1e-8;
    private static final double ABSOLUTE = 1e-10;

    private GradientCases() {}

    static void check(GoldenFolder golden, Path part) {
        for (Path file : GoldenFolder.list(part)) {
            String name = golden.name(file);
            golden.report().guard(name, () -> {
                JsonNode json = name.endsWith(".json") ? GoldenFolder.json(file) : MissingNode.getInstance();
                if (json.has("groups")) {
                    advantages(golden.report(), name, json);
                } else if (json.has("objective") && json.has("samples")) {
                    step(golden, name, json);
                } else {
                    golden.report().failed(name, "is of no known kind");
                }
            });
        }
    }

    private static void advantages(GoldenReport report, String name, JsonNode json) {
        Map<String, GroupAdvantages> estimators = Map.of(
                "group_standardised", GroupAdvantages.STANDARDISED,
                "group_centred", GroupAdvantages.CENTRED,
                "leave_one_out", GroupAdvantages.LEAVE_ONE_OUT);
        int group = 0;
        for (JsonNode one : GoldenFolder.some(json, "groups")) {
            if (estimators.keySet().stream().noneMatch(one::has)) {
                report.failed(name + " group " + group, "has no advantages of " + estimators.keySet());
            }
            double[] rewards = Numbers.flat(one.path("rewards"));
            for (Map.Entry<String, GroupAdvantages> estimator : estimators.entrySet()) {
                if (!one.has(estimator.getKey())) continue;
                double[] expected = Numbers.flat(one.path(estimator.getKey()));
                double distance = Numbers.scaled(estimator.getValue().of(rewards), expected, 1e-9, 1e-9) * 1e-9;
                report.within("%s group %d %s".formatted(name, group, estimator.getKey()), distance, 1e-9);
            }
            group++;
        }
    }

    private static void step(GoldenFolder golden, String name, JsonNode json) {
        GoldenFolder.some(json, "samples");
        if (!json.at("/expected/loss").isNumber()) throw GoldenFolder.nothing("has no expected.loss");
        for (String key : List.of("expected.logprobs", "expected.gradient")) GoldenFolder.some(json, key);
        StepGolden step = new StepGolden(json);
        GoldenReport report = golden.report();
        double[] slopes = step.slopes(step.expectedLogProbs());
        double[] expected = Numbers.flat(json.path("expected").path("dloss_dlogprob"));
        report.within(
                name + " dloss/dlogprob", Numbers.scaled(slopes, expected, ABSOLUTE, RELATIVE) * RELATIVE, RELATIVE);
        parts(report, name, step);
        stepAdvantages(report, name, step);
        Path basePath = golden.resolve(json.path("base").asText());
        Path adapterPath = golden.resolve(json.path("adapter").asText());
        try (BaseModel base = PolicyCases.load(basePath, Precision.FP32)) {
            Policy policy = step.policy(AdapterFolder.read(base, adapterPath).policy());
            new StepCases(report, name, step, base, policy).fp32();
        }
        // With clipping a bf16 engine may take other branches; weights of another format are rounded once more.
        if (!json.path("case").asText().startsWith("nll") || !isBf16(basePath)) return;
        try (BaseModel base = PolicyCases.load(basePath, Precision.BF16)) {
            Policy policy = step.policy(AdapterFolder.read(base, adapterPath).policy());
            new StepCases(report, name, step, base, policy).bf16();
        }
    }

    private static boolean isBf16(Path base) {
        try (Safetensors weights = Safetensors.openFolder(base)) {
            return weights.get("model.embed_tokens.weight").type() == TensorType.BF16;
        }
    }

    /** What the file says of the loss, from its own log-probs. */
    private static void parts(GoldenReport report, String name, StepGolden step) {
        List<double[]> logProbs = step.expectedLogProbs();
        JsonNode expected = step.expected();
        double policy = step.loss(logProbs, 0);
        number(report, name + " loss, fp64", step.loss(logProbs), expected.path("loss"));
        number(report, name + " policy loss, fp64", policy, expected.path("policy_loss"));
        if (expected.has("kl")) number(report, name + " KL, fp64", step.loss(logProbs, 1) - policy, expected.get("kl"));
        for (Map.Entry<String, JsonNode> one : expected.path("diagnostics").properties()) {
            diagnostic(report, name + " " + one.getKey().replace('_', ' '), step, one.getKey(), one.getValue());
        }
    }

    private static void diagnostic(GoldenReport report, String name, StepGolden step, String key, JsonNode expected) {
        List<double[]> logProbs = step.expectedLogProbs();
        switch (key) {
            case "ratios" -> numbers(report, name, step.ratios(logProbs), expected);
            case "off_policy_weights" -> numbers(report, name, step.weights(logProbs), expected);
            case "clipped_low" ->
                count(report, name, step.clipped(logProbs, SequenceLoss.Counts::clippedLow), expected);
            case "clipped_high" ->
                count(report, name, step.clipped(logProbs, SequenceLoss.Counts::clippedHigh), expected);
            case "weights_above_cap" -> count(report, name, step.capped(logProbs), expected);
            default -> report.failed(name, "is of no known kind");
        }
    }

    private static void count(GoldenReport report, String name, int actual, JsonNode expected) {
        report.exact(name, Integer.toString(actual), expected.asText());
    }

    private static void number(GoldenReport report, String name, double actual, JsonNode expected) {
        if (!expected.isMissingNode()) numbers(report, name, new double[] {actual}, expected);
    }

    private static void numbers(GoldenReport report, String name, double[] actual, JsonNode expected) {
        double distance = Numbers.scaled(actual, Numbers.flat(expected), ABSOLUTE, RELATIVE);
        report.within(name, distance * RELATIVE, RELATIVE);
    }

    private static void stepAdvantages(GoldenReport report, String name, StepGolden step) {
        double[] computed = step.advantages();
        if (computed.length == 0) return;
        double[] given = step.givenAdvantages();
        report.within(name + " advantages", Numbers.largest(computed, given), 1e-9);
        if (!Arrays.stream(given).allMatch(Double::isFinite)) report.failed(name, "an advantage is not finite");
    }
}
