package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options that say how tokens are drawn. */
final class SamplingOptions {
    @Option(
            names = "--temperature",
            defaultValue = "1",
            paramLabel = "T",
            description = "How freely tokens are drawn; 0 is greedy. Default: 1.")
    private float temperature;

    @Option(
            names = "--top-p",
            defaultValue = "1",
            paramLabel = "P",
            description = "Draw from the likeliest tokens that hold P of the probability; 1 is off. Default: 1.")
    private float topP;

    @Option(
            names = "--top-k",
            defaultValue = "0",
            paramLabel = "K",
            description = "Draw from the K likeliest tokens; 0 is off. Default: 0.")
    private int topK;

    @Option(
            names = "--min-p",
            defaultValue = "0",
            paramLabel = "P",
            description = "Drop tokens less likely than P times the likeliest; 0 is off. Default: 0.")
    private float minP;

    @Option(
            names = "--repetition-penalty",
            defaultValue = "1",
            paramLabel = "X",
            description =
                    "Divide the positive logits of tokens that were there by X, and multiply the negative ones; 1 is"
                            + " off. Default: 1.")
    private float repetitionPenalty;

    @Option(
            names = "--logit-bias",
            paramLabel = "ID=X",
            description = "Add X (-100 to 100) to the logit of a token; may be repeated.")
    private Map<Integer, Float> logitBias = Map.of();

    @Option(names = "--stop", paramLabel = "TEXT", description = "End a completion before this text; may be repeated.")
    private List<String> stop = List.of();

    @Option(
            names = "--max-tokens",
            defaultValue = "128",
            paramLabel = "N",
            description = "Length at which a completion is cut. Default: 128.")
    private int maxTokens;

    @Option(
            names = "--seed",
            defaultValue = "0",
            paramLabel = "N",
            description = "Same seed, same completions. Default: 0.")
    private long seed;

    int maxTokens() {
        return maxTokens;
    }

    Sampling sampling() {
        // The wire takes 0 for "not said".
        if (maxTokens < 1) throw new Failure(Failure.Kind.CALLER, "--max-tokens must be 1 or more, not " + maxTokens);
        return Sampling.newBuilder()
                .setTemperature(temperature)
                .setTopP(topP)
                .setTopK(topK)
                .setMinP(minP)
                .setRepetitionPenalty(repetitionPenalty)
                .putAllLogitBias(logitBias)
                .addAllStop(stop)
                .setMaxTokens(maxTokens)
                .setSeed(seed)
                .build();
    }
}
