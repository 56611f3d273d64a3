package dev.thirteen.local;

import dev.thirteen.cli.RunFile;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.CreateRunResponse;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Tokens a second of many runs at once, through broker and all services, beside one run that has the same rows: every run has a
 * prompt of four samples a step, the one run as many prompts as there are runs. From the creation of the first run to the last
 * commit, rewards, optimizers and transactions in it. The runs differ in seed, u and tying.
 */
final class RunsTogether implements AutoCloseable {
    private static final int SAMPLES = 4;
    private static final long LONGEST_MINUTES = 60;

    private final ManagedChannel trainer;
    private final RunSpec like;

    RunsTogether(String trainer, RunFile like) {
        this.trainer = NettyChannelBuilder.forTarget(trainer).usePlaintext().build();
        this.like = like.spec().toBuilder().clearEvaluation().build();
    }

    /**
     * What was seen of one side.
     *
     * @param tokens completion tokens of all steps
     * @param createdSeconds from the first creation to the last
     * @param seconds from the first creation to the last commit
     */
    record Figures(long tokens, double createdSeconds, double seconds) {
        double tokensPerSecond() {
            return tokens / seconds;
        }
    }

    /** A round: many runs, then the one run. Returns a line that a program reads. */
    String round(int round, int runs, int steps) {
        Figures together = many(round, runs, steps);
        Figures alone = one(round, runs, steps);
        return String.format(
                Locale.ROOT,
                "runs-together runs %d steps %d together %.1f alone %.1f tokens %d seconds %.1f created-seconds %.1f",
                runs,
                steps,
                together.tokensPerSecond(),
                alone.tokensPerSecond(),
                together.tokens(),
                together.seconds(),
                together.createdSeconds());
    }

    /** So many runs of one prompt a step each; no two rounds have a projection in common. */
    private Figures many(int round, int runs, int steps) {
        List<RunSpec> specs = new ArrayList<>();
        for (int i = 0; i < runs; i++) specs.add(spec("many-" + round + "-" + i, round * runs + i, 1, steps));
        return measured(specs);
    }

    /** One run of so many prompts a step. */
    private Figures one(int round, int prompts, int steps) {
        return measured(List.of(spec("one-" + round, round * prompts, prompts, steps)));
    }

    private RunSpec spec(String name, int number, int groups, int steps) {
        RunSpec.Builder spec = like.toBuilder()
                .setName(name)
                .setSteps(steps)
                .setGroupsPerStep(groups)
                .setSamplesPerGroup(SAMPLES);
        spec.getSamplingBuilder().setSeed(number);
        TinyLoraSpec.Builder adapter = spec.getAdapterBuilder();
        adapter.setProjectionSeed(number);
        if (number % 2 == 1) adapter.setU(2).setTying(Tying.TYING_TILED).setNTie(1);
        return spec.build();
    }

    private Figures measured(List<RunSpec> specs) {
        TrainingServiceGrpc.TrainingServiceBlockingStub training =
                TrainingServiceGrpc.newBlockingStub(trainer).withDeadlineAfter(LONGEST_MINUTES, TimeUnit.MINUTES);
        create(training, specs);
        long first = Long.MAX_VALUE;
        long created = 0;
        long last = 0;
        long tokens = 0;
        // One after the other: what ended meanwhile tells its steps again.
        for (RunSpec spec : specs) {
            Iterator<WatchRunResponse> news = training.watchRun(
                    WatchRunRequest.newBuilder().setName(spec.getName()).build());
            while (news.hasNext()) {
                WatchRunResponse change = news.next();
                first = Math.min(first, change.getRun().getState().getCreatedUnixNano());
                created = Math.max(created, change.getRun().getState().getCreatedUnixNano());
                if (change.hasStep()) {
                    last = Math.max(last, change.getStep().getCommittedUnixNano());
                    tokens += change.getStep().getMetrics().getCompletionTokens();
                }
                refuse(change.getRun());
            }
        }
        return new Figures(tokens, (created - first) * 1e-9, (last - first) * 1e-9);
    }

    /** All at once, as many users would: one after the other the first would be done before the last begins. */
    private static void create(TrainingServiceGrpc.TrainingServiceBlockingStub training, List<RunSpec> specs) {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<CreateRunResponse>> calls = new ArrayList<>();
            for (RunSpec spec : specs) {
                calls.add(() -> training.createRun(
                        CreateRunRequest.newBuilder().setSpec(spec).build()));
            }
            for (Future<CreateRunResponse> call : callers.invokeAll(calls)) call.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "a run cannot be created: " + e.getMessage(), e);
        }
    }

    private static void refuse(Run run) {
        RunPhase phase = run.getState().getPhase();
        if (phase == RunPhase.RUN_PHASE_PAUSED || phase == RunPhase.RUN_PHASE_FAILED) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, run.getName() + ": " + run.getState().getReason());
        }
    }

    @Override
    public void close() {
        trainer.shutdownNow();
    }
}
