package dev.thirteen.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.NextTokenLogits;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.engine.Precision;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What a policy gives for one input: logits after its last token, and the log-prob of each token but the first. */
final class PolicyCases {
    static final double LOGITS = 3e-4;
    static final double LOG_PROBS = 1e-4;
    private static final double LOGITS_BF16 = 0.3;
    private static final double LOG_PROBS_BF16 = 0.1;
    private static final int TOKENS_A_PASS = 4096;

    private final GoldenReport report;
    private final BaseModel base;
    private final Policy policy;

    PolicyCases(GoldenReport report, BaseModel base, Policy policy) {
        this.report = report;
        this.base = base;
        this.policy = policy;
    }

    /** Tokenizers are another part, which may be missing. */
    static BaseModel load(Path folder, Precision precision) {
        return BaseModel.loadForTokens(folder, new EngineOptions(precision, 0));
    }

    /** An input that the model does not take, because it is too long for one, fails alone. */
    void fp32(String name, JsonNode input) {
        report.guard(name, () -> inFp32(name, input));
    }

    private void inFp32(String name, JsonNode input) {
        int[] ids = Numbers.ints(input.path("ids"));
        report.within(name + " logits", Numbers.largest(logits(ids), Numbers.flat(input.path("last_logits"))), LOGITS);
        double[] expected = Numbers.flat(input.path("next_token_logprobs"));
        report.within(name + " log-probs", Numbers.largest(logProbs(ids), expected), LOG_PROBS);
    }

    /** Against the fp32 values: they say how far a 16-bit engine may be. */
    void bf16(String name, JsonNode input) {
        report.guard(name + " bf16", () -> inBf16(name, input));
    }

    private void inBf16(String name, JsonNode input) {
        int[] ids = Numbers.ints(input.path("ids"));
        double[] logits = Numbers.flat(input.path("last_logits"));
        report.within(name + " bf16 logits", Numbers.largest(logits(ids), logits), LOGITS_BF16);
        double[] expected = Numbers.flat(input.path("next_token_logprobs"));
        report.within(name + " bf16 log-probs, mean", Numbers.mean(logProbs(ids), expected), LOG_PROBS_BF16);
    }

    double[] logits(int[] ids) {
        return Numbers.wide(NextTokenLogits.of(base, policy, ids));
    }

    double[] logProbs(int[] ids) {
        return ids.length < 2 ? new double[0] : logProbs(List.of(sequence(ids))).getFirst();
    }

    /** All sequences in one padded pass. */
    List<double[]> logProbs(List<PolicyGradient.Sequence> sequences) {
        return new PolicyGradient(base).logProbs(policy, sequences, 1, TOKENS_A_PASS);
    }

    static PolicyGradient.Sequence sequence(int[] ids) {
        return new PolicyGradient.Sequence(Arrays.copyOf(ids, 1), Arrays.copyOfRange(ids, 1, ids.length));
    }
}
