package dev.thirteen.local;

import dev.thirteen.cli.FirstToken;
import dev.thirteen.cli.RunFile;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
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
 * run of 13 numbers on the bundled model commits steps, and after each of them all processes are asked for a token under the
 * run's latest adapter until it is of that step. The run samples nothing, so that no token waits behind others.
 */
final class PolicySync implements AutoCloseable {
    /** The first steps after a start compile and load. */
    private static final int WARM_UP = 10;

    private static final long LONGEST_MINUTES = 20;

    private final ManagedChannel trainer;
    private final List<ManagedChannel> replicas = new ArrayList<>();
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    /** @param addresses gRPC addresses of the rollout processes */
    PolicySync(String trainer, List<String> addresses) {
        this.trainer = open(trainer);
        addresses.forEach(address -> replicas.add(open(address)));
    }

    private static ManagedChannel open(String address) {
        return NettyChannelBuilder.forTarget(address).usePlaintext().build();
    }

    /** What was seen. */
    record Figures(double p50Millis, double p99Millis, int adapterBytes, int samples) {
        /** A line that a program reads. */
        String text() {
            return String.format(
                    Locale.ROOT,
                    "policy-sync p50-ms %.2f p99-ms %.2f bytes %d samples %d",
                    p50Millis,
                    p99Millis,
                    adapterBytes,
                    samples);
        }
    }

    /** A round of so many steps. */
    Figures round(RunFile like, String name, int steps) {
        RunSpec spec = spec(like, name, steps + WARM_UP);
        TrainingServiceGrpc.TrainingServiceBlockingStub training =
                TrainingServiceGrpc.newBlockingStub(trainer).withDeadlineAfter(LONGEST_MINUTES, TimeUnit.MINUTES);
        training.createRun(CreateRunRequest.newBuilder().setSpec(spec).build());
        Iterator<WatchRunResponse> news =
                training.watchRun(WatchRunRequest.newBuilder().setName(name).build());
        List<Double> millis = new ArrayList<>();
        int bytes = 0;
        while (news.hasNext()) {
            WatchRunResponse change = news.next();
            if (!change.hasStep()) continue;
            StepRecord step = change.getStep();
            bytes = step.getAdapter().getSerializedSize();
            List<Double> found = everywhere(name, step);
            if (step.getPolicyVersion().getStep() > WARM_UP) millis.addAll(found);
        }
        if (millis.isEmpty()) throw new Failure(Failure.Kind.OUTSIDE, "run '" + name + "' committed too few steps");
        Collections.sort(millis);
        return new Figures(FirstToken.quantile(millis, 0.5), FirstToken.quantile(millis, 0.99), bytes, millis.size());
    }

    /** The examples' run, supervised, with short steps. */
    private static RunSpec spec(RunFile like, String name, int steps) {
        RunSpec.Builder spec = like.spec().toBuilder()
                .setName(name)
                .clearReward()
                .clearEvaluation()
                .setMaxStaleness(0)
                .setSteps(steps)
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

    private static double firstToken(ManagedChannel replica, String run, StepRecord step) {
        return new FirstToken(
                        () -> GenerationServiceGrpc.newBlockingStub(replica).withDeadlineAfter(1, TimeUnit.MINUTES),
                        run,
                        InstantSource.system())
                .millisAfter(step);
    }

    @Override
    public void close() {
        callers.shutdownNow();
        replicas.forEach(ManagedChannel::shutdownNow);
        trainer.shutdownNow();
    }
}
