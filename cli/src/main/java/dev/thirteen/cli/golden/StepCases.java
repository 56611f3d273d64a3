package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.grpo.Objective;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The engine's part of a gradient file: log-probs, loss and gradient under the file's policy. */
final class StepCases {
    private static final double LOG_PROBS = 5e-5;
    private static final double LOSS = 2e-5;
    private static final double GRADIENT = 1e-4;
    private static final double GRADIENT_BF16 = 0.15;
    private static final int TOKENS_A_PASS = 256;

    private final GoldenReport report;
    private final String name;
    private final StepGolden step;
    private final Policy policy;
    private final Basis basis;
    private final PolicyGradient engine;

    StepCases(GoldenReport report, String name, StepGolden step, BaseModel base, Policy policy) {
        this.report = report;
        this.name = name;
        this.step = step;
        this.policy = policy;
        this.basis = Objects.requireNonNull(policy.basis());
        this.engine = new PolicyGradient(base);
    }

    void fp32() {
        JsonNode expected = step.expected();
        PolicyGradient.Result result = gradient(step.objective(step.kl()));
        List<double[]> golden = step.expectedLogProbs();
        double distance = 0;
        for (int i = 0; i < golden.size(); i++) {
            double one = Numbers.largest(result.logProbs().get(i), golden.get(i));
            if (!(one <= distance)) distance = one;
        }
        report.within(name + " log-probs", distance, LOG_PROBS);
        double loss =
                Math.abs(step.loss(result.logProbs()) - expected.path("loss").asDouble());
        report.within(name + " loss", loss, LOSS);
        gradientCase("gradient", result.gradient(), expected.path("gradient"), GRADIENT);
        if (expected.has("gradient_norm")) norm(result.gradient(), expected.get("gradient_norm"));
        if (expected.has("policy_gradient")) parts(expected);
    }

    private void norm(double[] gradient, JsonNode expected) {
        double[] norm = {Math.sqrt(Arrays.stream(gradient).map(x -> x * x).sum())};
        report.within(name + " gradient norm, relative", Numbers.relative(norm, Numbers.flat(expected)), GRADIENT);
    }

    /** Policy and KL apart: a small coefficient would hide a wrong gradient of the KL. */
    private void parts(JsonNode expected) {
        double[] policyPart = gradient(step.objective(0)).gradient();
        double[] both = gradient(step.objective(1)).gradient();
        double[] kl = new double[both.length];
        for (int i = 0; i < kl.length; i++) kl[i] = both[i] - policyPart[i];
        gradientCase("gradient, policy part", policyPart, expected.path("policy_gradient"), GRADIENT);
        gradientCase("gradient, KL part", kl, expected.path("kl_gradient_before_coefficient"), GRADIENT);
    }

    void bf16() {
        double[] gradient = gradient(step.objective(step.kl())).gradient();
        gradientCase("bf16 gradient", gradient, step.expected().path("gradient"), GRADIENT_BF16);
    }

    private void gradientCase(String what, double[] gradient, JsonNode golden, double bound) {
        double distance = Numbers.relative(gradient, StepGolden.inOrder(basis, golden));
        report.within("%s %s, relative l2".formatted(name, what), distance, bound);
    }

    private PolicyGradient.Result gradient(Objective objective) {
        return engine.gradient(
                policy,
                step.sequences(),
                1,
                TOKENS_A_PASS,
                (sequence, current) -> step.of(objective, sequence, current).dLossDLogProb());
    }
}
