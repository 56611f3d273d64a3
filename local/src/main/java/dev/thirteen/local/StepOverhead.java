package dev.thirteen.local;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.cli.RunFile;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.StepMetrics;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * How much of a training step is neither sampling nor gradient: a step's wall time, from its first request to its commit, less
 * the longest time that a group was generated and less the gradient, over all three. Steps follow each other without overlap.
 */
record StepOverhead(Endpoints endpoints) {
    private static final String ROLLOUTS = "rollouts";
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long LONGEST_MINUTES = 30;
    private static final int GROUPS = 2;
    private static final int SAMPLES = 4;
    private static final int TOKENS = 64;

    /** One step. */
    record Figures(long stepMillis, long samplingMillis, long gradientMillis) {
        /** A line that a program reads. */
        String text() {
            double share = (stepMillis - samplingMillis - gradientMillis) / (double) stepMillis;
            return String.format(
                    Locale.ROOT,
                    "step-overhead share %.5f step-ms %d sampling-ms %d gradient-ms %d",
                    share,
                    stepMillis,
                    samplingMillis,
                    gradientMillis);
        }
    }

    /** The steps of a run on a model, but for the first, which loads it. */
    List<Figures> steps(RunFile like, Path model, int count) {
        RunSpec.Builder spec = like.spec().toBuilder()
                .setName("step-overhead")
                .setBaseModel(BaseModel.newBuilder().setFolder(model.toString()))
                .clearEvaluation()
                .setMaxStaleness(0)
                .setSteps(count + 1L)
                .setGroupsPerStep(GROUPS)
                .setSamplesPerGroup(SAMPLES);
        spec.getSamplingBuilder().setMaxTokens(TOKENS);
        List<StepMetrics> metrics = run(spec.build());
        Map<Long, Long> sampling = sampling();
        List<Figures> figures = new ArrayList<>();
        for (int step = 1; step < metrics.size(); step++) {
            StepMetrics of = metrics.get(step);
            long sampled = sampling.getOrDefault((long) step, 0L);
            figures.add(new Figures(of.getStepMs(), sampled, of.getGradientMs()));
        }
        return figures;
    }

    private List<StepMetrics> run(RunSpec spec) {
        ManagedChannel trainer = NettyChannelBuilder.forTarget(endpoints.of(Service.TRAINER))
                .usePlaintext()
                .build();
        try {
            TrainingServiceGrpc.TrainingServiceBlockingStub training =
                    TrainingServiceGrpc.newBlockingStub(trainer).withDeadlineAfter(LONGEST_MINUTES, TimeUnit.MINUTES);
            training.createRun(CreateRunRequest.newBuilder().setSpec(spec).build());
            Iterator<WatchRunResponse> news = training.watchRun(
                    WatchRunRequest.newBuilder().setName(spec.getName()).build());
            List<StepMetrics> metrics = new ArrayList<>();
            while (news.hasNext()) {
                WatchRunResponse change = news.next();
                if (change.hasStep()) metrics.add(change.getStep().getMetrics());
                if (change.hasRun() && change.getRun().getState().getPhase() == RunPhase.RUN_PHASE_PAUSED) {
                    throw new Failure(
                            Failure.Kind.OUTSIDE, change.getRun().getState().getReason());
                }
            }
            return metrics;
        } finally {
            trainer.shutdownNow();
        }
    }

    /** Of each step, the longest time in milliseconds that one of its groups was generated. */
    private Map<Long, Long> sampling() {
        Map<Long, Long> longest = new HashMap<>();
        Map<String, Object> config = Map.of("bootstrap.servers", endpoints.kafka(), "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(ROLLOUTS).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.seekToBeginning(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    Rollout rollout = parsed(record);
                    longest.merge(
                            rollout.getRequest().getId().getStep(),
                            rollout.getTimings().getGeneratedMs(),
                            Math::max);
                }
            }
        }
        return longest;
    }

    private static Rollout parsed(ConsumerRecord<String, byte[]> record) {
        try {
            return Rollout.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "topic rollouts has a record that is no rollout", e);
        }
    }
}
