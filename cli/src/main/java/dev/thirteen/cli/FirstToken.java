package dev.thirteen.cli;

import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc.GenerationServiceBlockingStub;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.StepRecord;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Supplier;

/** From the commit of a run's steps to their first tokens, as one client sees them. */
public final class FirstToken {
    private final Supplier<GenerationServiceBlockingStub> rollout;
    private final InstantSource clock;
    private final StreamGenerateRequest request;

    /** @param rollout is asked for each call */
    public FirstToken(Supplier<GenerationServiceBlockingStub> rollout, String run, InstantSource clock) {
        this.rollout = rollout;
        this.clock = clock;
        this.request = StreamGenerateRequest.newBuilder()
                .setRequest(GenerateRequest.newBuilder()
                        .setPolicy(Policy.newBuilder().setName(run + "@latest"))
                        .setPrompt(Prompt.newBuilder().setText("1+1?"))
                        .setSampling(Sampling.newBuilder().setMaxTokens(1)))
                .build();
    }

    /** When a step was committed. */
    public static Instant committed(StepRecord step) {
        return Instant.EPOCH.plusNanos(step.getCommittedUnixNano());
    }

    /** Milliseconds from a step's commit until a token is drawn under it or a later one, asking again and again. */
    public double millisAfter(StepRecord step) {
        while (answering() < step.getPolicyVersion().getStep()) continue;
        return ChronoUnit.MICROS.between(committed(step), clock.instant()) / 1e3;
    }

    /** The step whose policy drew a token just now. */
    private long answering() {
        return rollout.get()
                .streamGenerate(request)
                .next()
                .getProvenance()
                .getPolicyVersion()
                .getStep();
    }

    /** Of ascending values, the smallest that a part of them does not exceed. */
    public static double quantile(List<Double> values, double part) {
        return values.get(Math.max(0, (int) Math.ceil(part * values.size()) - 1));
    }
}
