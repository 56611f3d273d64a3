package dev.thirteen.local;

import dev.thirteen.cli.FirstToken;
import dev.thirteen.cli.RunFile;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.training.v1.CancelRunRequest;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * From the optimizer step to the first token under the new policy, on every one of several rollout processes: a supervised
 * run of 13 numbers on the bundled model commits step after step. The next one that is committed is waited for, then all
 * processes are asked for a token under the run's latest adapter until it is of that step. The run samples nothing, so that no
 * token waits behind others; its next gradients go on meanwhile. Beside that, what trainer and rollout processes are called for
 * from the first of these versions to the last: nothing but tokens, where versions travel by a stream that is open already.
 */
final class PolicySync implements AutoCloseable {
    /** The first steps after a start compile and load. */
    private static final int WARM_UP = 10;

    private static final long LONGEST_MINUTES = 20;
    private static final int MOST_STEPS = 100_000;

    private final InstantSource clock = InstantSource.system();

    /** What the measure itself calls again and again: counted apart. */
    private static final String TOKEN_CALLS =
            GenerationServiceGrpc.getStreamGenerateMethod().getFullMethodName();

    private final ManagedChannel trainer;
    private final List<String> metrics;
    private final List<ManagedChannel> replicas = new ArrayList<>();
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * @param trainer gRPC address of the trainer
     * @param addresses those of the rollout processes
     * @param metrics addresses of the metrics of all of them
     */
    PolicySync(String trainer, List<String> addresses, List<String> metrics) {
        this.trainer = open(trainer);
        this.metrics = List.copyOf(metrics);
        addresses.forEach(address -> replicas.add(open(address)));
    }

    private static ManagedChannel open(String address) {
        return NettyChannelBuilder.forTarget(address).usePlaintext().build();
    }

    /**
     * What was seen.
     *
     * @param tokenCalls gRPC calls for a token between the first policy version and the last
     * @param otherCalls calls of any other method of trainer and rollout processes meanwhile
     */
    record Figures(
            double p50Millis, double p99Millis, int adapterBytes, int samples, long tokenCalls, long otherCalls) {
        /** A line that a program reads. */
        String text() {
            return String.format(
                    Locale.ROOT,
                    "policy-sync p50-ms %.2f p99-ms %.2f bytes %d samples %d token-calls %d other-calls %d",
                    p50Millis,
                    p99Millis,
                    adapterBytes,
                    samples,
                    tokenCalls,
                    otherCalls);
        }
    }

    /** A round of so many steps, on each of all processes. */
    Figures round(RunFile like, String name, int steps) {
        TrainingServiceGrpc.TrainingServiceBlockingStub training =
                TrainingServiceGrpc.newBlockingStub(trainer).withDeadlineAfter(LONGEST_MINUTES, TimeUnit.MINUTES);
        training.createRun(
                CreateRunRequest.newBuilder().setSpec(spec(like, name)).build());
        Iterator<WatchRunResponse> news =
                training.watchRun(WatchRunRequest.newBuilder().setName(name).build());
        for (int asked = 0; asked < WARM_UP; asked++) everywhere(name, next(news, clock.instant()));
        CallCounts before = CallCounts.of(metrics);
        List<Double> millis = new ArrayList<>();
        int bytes = 0;
        for (int asked = 0; asked < steps; asked++) {
            StepRecord step = next(news, clock.instant());
            bytes = step.getAdapter().getSerializedSize();
            millis.addAll(everywhere(name, step));
        }
        CallCounts between = CallCounts.of(metrics).since(before);
        training.cancelRun(CancelRunRequest.newBuilder().setName(name).build());
        Collections.sort(millis);
        return new Figures(
                FirstToken.quantile(millis, 0.5),
                FirstToken.quantile(millis, 0.99),
                bytes,
                millis.size(),
                between.of(TOKEN_CALLS),
                between.but(TOKEN_CALLS));
    }

    /** The next step that is committed from now on: an earlier one has waited for this program, not for its policy. */
    private static StepRecord next(Iterator<WatchRunResponse> news, Instant now) {
        while (news.hasNext()) {
            WatchRunResponse change = news.next();
            if (change.hasStep() && !FirstToken.committed(change.getStep()).isBefore(now)) return change.getStep();
        }
        throw new Failure(Failure.Kind.OUTSIDE, "the run ended before enough of its steps were seen");
    }

    /** The examples' run, supervised, with short steps and more of them than are asked for. */
    private static RunSpec spec(RunFile like, String name) {
        RunSpec.Builder spec = like.spec().toBuilder()
                .setName(name)
                .clearReward()
                .clearEvaluation()
                .setMaxStaleness(0)
                .setSteps(MOST_STEPS)
                .setGroupsPerStep(2)
                .setSamplesPerGroup(1);
        spec.getAlgorithmBuilder().setName("sft").setClipLow(0).setClipHigh(0);
        return spec.build();
    }

    private List<Double> everywhere(String run, StepRecord step) {
        List<Future<Double>> asked = replicas.stream()
                .map(replica -> callers.submit(() -> firstToken(replica, run, step)))
                .toList();
        List<Double> millis = new ArrayList<>();
        try {
            for (Future<Double> one : asked) millis.add(one.get());
        } catch (InterruptedException | ExecutionException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "a rollout process does not answer: " + e.getMessage(), e);
        }
        return millis;
    }

    private double firstToken(ManagedChannel replica, String run, StepRecord step) {
        return new FirstToken(
                        () -> GenerationServiceGrpc.newBlockingStub(replica).withDeadlineAfter(1, TimeUnit.MINUTES),
                        run,
                        clock)
                .millisAfter(step);
    }

    @Override
    public void close() {
        callers.shutdownNow();
        replicas.forEach(ManagedChannel::shutdownNow);
        trainer.shutdownNow();
    }
}
