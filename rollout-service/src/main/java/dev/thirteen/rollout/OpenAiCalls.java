package dev.thirteen.rollout;

import dev.thirteen.engine.Tokenizer;
import dev.thirteen.kit.Caller;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.rollout.GenerationWire.Resolved;
import dev.thirteen.rollout.OpenAiReply.Head;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Calls of the OpenAI dialect as those of our own: what they share with gRPC goes through {@link GenerationWire}. */
@Singleton
class OpenAiCalls {
    private static final String PROVENANCE = "x-thirteen-provenance";

    private final OpenAiModels models;
    private final GenerationWire wire;
    private final DecodeLoop loop;
    private final MeteredCalls calls;
    private final RolloutConfig config;

    OpenAiCalls(OpenAiModels models, GenerationWire wire, DecodeLoop loop, MeteredCalls calls, RolloutConfig config) {
        this.calls = calls;
        this.models = models;
        this.wire = wire;
        this.loop = loop;
        this.config = config;
    }

    /**
     * Answers a call; blocks until it is sent to the decode loop.
     *
     * @param inTurn writes the answer, one task after another
     */
    void answer(OpenAiRequest request, Function<Tokenizer, OpenAiFormat> formatOf, OpenAiHttp http, Executor inTurn) {
        Resolved resolved = models.resolve(request.model(), request.prompts());
        List<DecodeTask> tasks = tasks(request, resolved);
        http.header(PROVENANCE, Provenances.header(resolved.provenance()));
        OpenAiFormat format = formatOf.apply(resolved.base().tokenizer());
        Head head = new Head(
                format,
                format.idPrefix() + UUID.randomUUID(),
                Instant.now().getEpochSecond(),
                OpenAiModels.answering(request.model(), resolved),
                Provenances.fingerprint(resolved.provenance()));
        OpenAiReply reply = request.stream()
                ? new OpenAiStream(http, head, request.logProbs(), request.streamUsage(), config.readerPatience())
                : new OpenAiWhole(http, head, request.logProbs(), tasks.size() * request.samples());
        OpenAiCall call = new OpenAiCall(reply, inTurn);
        http.whenGone(call::cancel);
        call.start(Caller.current(), tasks, calls);
    }

    private List<DecodeTask> tasks(OpenAiRequest request, Resolved resolved) {
        int most = config.maxSamples();
        if ((long) request.prompts().size() * request.samples() > most) {
            throw GenerationWire.field("n", "times the number of prompts must be at most " + most);
        }
        List<DecodeTask> tasks = new ArrayList<>();
        for (Prompt prompt : request.prompts()) {
            int[] ids = wire.tokens("prompt", resolved.base().tokenizer(), prompt);
            GenerateRequest generate = GenerateRequest.newBuilder()
                    .setPrompt(Prompt.newBuilder()
                            .setTokens(Tokens.newBuilder()
                                    .addAllIds(Arrays.stream(ids).boxed().toList())))
                    .setSampling(bounded(request.sampling(), loop.maxTokens(resolved.base()) - ids.length))
                    .setSamples(request.samples())
                    // No two choices of a call draw the same numbers.
                    .setFirstStream((long) tasks.size() * request.samples())
                    .setDeterministic(request.deterministic())
                    .build();
            tasks.add(wire.task(resolved, generate).beside(request.alternatives()));
        }
        return tasks;
    }

    private static Sampling bounded(Sampling sampling, int room) {
        if (sampling.getMaxTokens() > 0) return sampling;
        return sampling.toBuilder().setMaxTokens(Math.max(1, room)).build();
    }
}
