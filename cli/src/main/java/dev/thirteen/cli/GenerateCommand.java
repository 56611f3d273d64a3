package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.policy.v1.FinishReason;
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

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Option(
            names = "--samples",
            defaultValue = "1",
            paramLabel = "N",
            description = "How many completions, each from random numbers of its own. Default: 1.")
    private int samples;

    @Option(
            names = "--deterministic",
            description = "Decode alone and on one thread, so that the same call gives the same bits whatever else is"
                    + " decoded. Slower.")
    private boolean deterministic;

    private final Session session;

    GenerateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        // The wire takes 0 for "not said".
        if (samples < 1) throw new Failure(Failure.Kind.CALLER, "--samples must be 1 or more, not " + samples);
        GenerateRequest request = GenerateRequest.newBuilder()
                .setPolicy(policy.policy())
                .setPrompt(prompt.prompt())
                .setSampling(sampling.sampling())
                .setSamples(samples)
                .setDeterministic(deterministic)
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
        if (reason == FinishReason.FINISH_REASON_LENGTH) session.output().note(cut());
    }

    private String ending(FinishReason reason) {
        return reason == FinishReason.FINISH_REASON_LENGTH ? " " + cut() : "";
    }

    private String cut() {
        return "(cut at --max-tokens " + sampling.maxTokens() + ")";
    }
}
