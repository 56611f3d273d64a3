package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code thirteen generate}: completions of a prompt. */
@Command(
        name = "generate",
        description = "Complete a prompt; the text comes as it is drawn.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen generate --adapter tiny-arithmetic@60 \"7*3-4+2?\"",
            "  bin/thirteen generate --base models/tiny-arithmetic --temperature 0 \"7*3-4+2?\"",
            "  bin/thirteen generate -a gsm8k@latest --chat --samples 4 -o json \"What is 12*12?\""
        })
final class GenerateCommand implements Callable<Integer> {
    @Mixin
    private PolicyOptions policy = new PolicyOptions();

    @Mixin
    private PromptOptions prompt = new PromptOptions();

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

    @Option(
            names = "--samples",
            defaultValue = "1",
            paramLabel = "N",
            description = "How many completions, each from random numbers of its own. Default: 1.")
    private int samples;

    private final Session session;

    GenerateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        // The wire takes 0 for "not said".
        if (samples < 1) throw new Failure(Failure.Kind.CALLER, "--samples must be 1 or more, not " + samples);
        if (maxTokens < 1) throw new Failure(Failure.Kind.CALLER, "--max-tokens must be 1 or more, not " + maxTokens);
        GenerateRequest request = GenerateRequest.newBuilder()
                .setPolicy(policy.policy())
                .setPrompt(prompt.prompt())
                .setSampling(Sampling.newBuilder()
                        .setTemperature(temperature)
                        .setTopP(topP)
                        .setTopK(topK)
                        .setMaxTokens(maxTokens)
                        .setSeed(seed))
                .setSamples(samples)
                .build();
        return session.with(services -> {
            if (session.json() || samples != 1) {
                whole(services.generation().generate(request));
            } else {
                stream(services.generation()
                        .streamGenerate(StreamGenerateRequest.newBuilder()
                                .setRequest(request)
                                .build()));
            }
            return CallFailure.OK;
        });
    }

    private void whole(GenerateResponse response) {
        if (session.json()) {
            session.output().json(response);
            return;
        }
        int number = 0;
        for (Completion completion : response.getCompletionsList()) {
            session.output().line("--- " + ++number + ending(completion.getFinishReason()));
            session.output().line(completion.getText());
        }
    }

    private void stream(Iterator<StreamGenerateResponse> tokens) {
        FinishReason reason = FinishReason.FINISH_REASON_UNSPECIFIED;
        while (tokens.hasNext()) {
            StreamGenerateResponse token = tokens.next();
            session.output().text(token.getText());
            reason = token.getFinishReason();
        }
        session.output().line("");
        if (reason == FinishReason.FINISH_REASON_LENGTH)
            session.output().note("(cut at --max-tokens " + maxTokens + ")");
    }

    private String ending(FinishReason reason) {
        return reason == FinishReason.FINISH_REASON_LENGTH ? " (cut at --max-tokens " + maxTokens + ")" : "";
    }
}
