package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code thirteen first-token}: how long a committed step takes until clients hear from it. */
@Command(
        name = "first-token",
        description = "Follow a run, and measure from each step's commit to its first token under RUN@latest.",
        footerHeading = "%nExamples:%n",
        footer = "  bin/thirteen first-token --run tiny-arithmetic --steps 20")
final class FirstTokenCommand implements Callable<Integer> {
    private static final int MAX_STEPS = 100_000;

    @Option(names = "--run", required = true, paramLabel = "NAME", description = "A run that goes on.")
    private String run = "";

    @Option(names = "--steps", defaultValue = "20", paramLabel = "N", description = "Steps to measure. Default: 20.")
    private int steps;

    private final Session session;
    private final InstantSource clock = InstantSource.system();

    FirstTokenCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (steps < 1 || steps > MAX_STEPS) {
            throw new Failure(Failure.Kind.CALLER, "--steps: " + steps + " is not within 1 and " + MAX_STEPS);
        }
        return session.with(services -> {
            List<Double> millis = measured(services);
            if (millis.isEmpty())
                throw new Failure(Failure.Kind.CONFLICT, "run '" + run + "' committed no step meanwhile");
            Collections.sort(millis);
            session.output()
                    .line("commit to first token: %d steps, p50 %.0f ms, p99 %.0f ms"
                            .formatted(millis.size(), quantile(millis, 0.5), quantile(millis, 0.99)));
            return CallFailure.OK;
        });
    }

    /** Ascending values; the smallest that a part of them does not exceed. */
    static double quantile(List<Double> values, double part) {
        return values.get(Math.max(0, (int) Math.ceil(part * values.size()) - 1));
    }

    private List<Double> measured(Services services) {
        List<Double> millis = new ArrayList<>();
        // Steps of the past are told at once, and are none to be measured.
        Instant begun = clock.instant();
        Iterator<WatchRunResponse> news = services.training()
                .watchRun(WatchRunRequest.newBuilder().setName(run).build());
        while (millis.size() < steps && news.hasNext()) {
            WatchRunResponse change = news.next();
            if (!change.hasStep()) continue;
            StepRecord step = change.getStep();
            Instant committed = Instant.EPOCH.plusNanos(step.getCommittedUnixNano());
            if (committed.isBefore(begun)) continue;
            while (answering(services) < step.getPolicyVersion().getStep()) continue;
            millis.add(ChronoUnit.MICROS.between(committed, clock.instant()) / 1e3);
        }
        return millis;
    }

    /** The step whose policy drew a token just now. */
    private long answering(Services services) {
        GenerateRequest request = GenerateRequest.newBuilder()
                .setPolicy(Policy.newBuilder().setName(run + "@latest"))
                .setPrompt(Prompt.newBuilder().setText("1+1?"))
                .setSampling(Sampling.newBuilder().setMaxTokens(1))
                .build();
        Iterator<StreamGenerateResponse> tokens = services.generation()
                .streamGenerate(
                        StreamGenerateRequest.newBuilder().setRequest(request).build());
        return tokens.next().getProvenance().getPolicyVersion().getStep();
    }
}
