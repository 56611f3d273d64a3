package dev.thirteen.rollout;

import dev.thirteen.engine.PolicyGradient.Sequence;
import dev.thirteen.engine.Tokenizer;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.Outflow;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.GenerationService;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.ScoreRequest;
import dev.thirteen.proto.generation.v1.ScoreResponse;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.generation.v1.TokenLogProbs;
import dev.thirteen.rollout.GenerationWire.Resolved;
import io.grpc.Context;
import io.quarkus.grpc.GrpcService;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * GenerationService on the decode loop. A call that is cancelled, runs out of time or is not read frees its rows.
 */
@GrpcService
class GenerationGrpcService implements GenerationService {
    private final GenerationWire wire;
    private final DecodeLoop loop;
    private final MeteredCalls calls;
    private final Scorer scorer;
    private final Duration patience;

    GenerationGrpcService(
            GenerationWire wire, DecodeLoop loop, MeteredCalls calls, Scorer scorer, RolloutConfig config) {
        this.patience = config.readerPatience();
        this.calls = calls;
        this.wire = wire;
        this.loop = loop;
        this.scorer = scorer;
    }

    @Override
    public Uni<GenerateResponse> generate(GenerateRequest request) {
        Resolved resolved = wire.policy(request.getPolicy(), List.of(request.getPrompt()));
        DecodeTask task = wire.task(resolved, request);
        Samples samples = new Samples(task.samples());
        cancelWithCall(calls.offer(Caller.current(), task, samples)::cancel);
        return Uni.createFrom().completionStage(samples.future()).map(finished -> answer(resolved, task, finished));
    }

    private static GenerateResponse answer(Resolved resolved, DecodeTask task, Samples.Finished finished) {
        return GenerateResponse.newBuilder()
                .addAllCompletions(finished.samples().stream()
                        .map(sample -> GenerationWire.completion(task, sample))
                        .toList())
                .setPromptTokens(task.promptTokens().length)
                .setProvenance(resolved.provenance())
                .build();
    }

    @Override
    public Multi<StreamGenerateResponse> streamGenerate(StreamGenerateRequest request) {
        if (request.getRequest().getSamples() > 1) {
            throw GenerationWire.field("request.samples", "must be 0 or 1 in a stream");
        }
        Resolved resolved = wire.policy(
                request.getRequest().getPolicy(), List.of(request.getRequest().getPrompt()));
        DecodeTask task = wire.task(resolved, request.getRequest());
        TokenStream stream = new TokenStream(resolved, task.sampling().stop());
        Context call = Context.current();
        Caller caller = Caller.current();
        Outflow outflow = Outflow.current();
        return Multi.createFrom()
                .emitter(emitter -> Thread.ofVirtual()
                        .name("stream")
                        .start(() ->
                                stream.run(sink -> calls.offer(caller, task, sink), call, outflow, patience, emitter)));
    }

    /**
     * Runs the action when the call is cancelled, runs out of time or has ended. The gRPC context knows of a cancellation
     * that came before we listened; a Uni does not.
     */
    private static void cancelWithCall(Runnable action) {
        Context.current().addListener(ended -> action.run(), Runnable::run);
    }

    @Override
    public Uni<ScoreResponse> score(ScoreRequest request) {
        List<Prompt> texts = new ArrayList<>(request.getCompletionsList());
        texts.add(request.getPrompt());
        Resolved resolved = wire.policy(request.getPolicy(), texts);
        Tokenizer tokenizer = resolved.base().tokenizer();
        int[] prompt = wire.tokens("prompt", tokenizer, request.getPrompt());
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < request.getCompletionsCount(); i++) {
            sequences.add(new Sequence(prompt, wire.completionTokens(tokenizer, i, request.getCompletions(i))));
        }
        wire.requireScorable(sequences, loop.maxTokens(resolved.base()));
        calls.score(
                Caller.current(),
                sequences.stream()
                        .mapToLong(one -> one.promptTokens().length + one.completionTokens().length)
                        .sum());
        double temperature = wire.scoreTemperature(request.getTemperature());
        CompletableFuture<List<double[]>> scored =
                scorer.score(resolved.base(), resolved.policy(), sequences, temperature);
        cancelWithCall(() -> scored.cancel(false));
        return Uni.createFrom().completionStage(scored).map(logProbs -> answer(resolved, prompt, sequences, logProbs));
    }

    private static ScoreResponse answer(
            Resolved resolved, int[] prompt, List<Sequence> sequences, List<double[]> logProbs) {
        ScoreResponse.Builder answer = ScoreResponse.newBuilder()
                .addAllPromptTokenIds(Arrays.stream(prompt).boxed().toList())
                .setProvenance(resolved.provenance());
        for (int i = 0; i < sequences.size(); i++) {
            TokenLogProbs.Builder one = answer.addCompletionsBuilder();
            for (int id : sequences.get(i).completionTokens()) one.addTokenIds(id);
            for (double logProb : logProbs.get(i)) one.addLogProbs((float) logProb);
        }
        return answer.build();
    }
}
