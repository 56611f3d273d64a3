package dev.thirteen.system;

import dev.thirteen.local.Endpoints;
import dev.thirteen.local.Service;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.FamilySpec;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.policy.v1.SigmaForm;
import dev.thirteen.proto.policy.v1.TinyLoraSpec;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.policy.v1.ValueType;
import dev.thirteen.proto.training.v1.Aggregation;
import dev.thirteen.proto.training.v1.Algorithm;
import dev.thirteen.proto.training.v1.CancelRunRequest;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.DataSet;
import dev.thirteen.proto.training.v1.Generator;
import dev.thirteen.proto.training.v1.GetRunRequest;
import dev.thirteen.proto.training.v1.ListRunsRequest;
import dev.thirteen.proto.training.v1.Optimizer;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.Reward;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Creates runs, follows them over restarts of anything, and reads their log of steps as Kafka holds it. */
final class RunClient implements AutoCloseable {
    static final int GROUPS = 4;
    static final int SAMPLES = 4;

    private final Endpoints endpoints;
    private final ManagedChannel channel;

    RunClient(Endpoints endpoints) {
        this.endpoints = endpoints;
        this.channel = NettyChannelBuilder.forAddress(
                        new InetSocketAddress("127.0.0.1", endpoints.grpc().get(Service.TRAINER)))
                .usePlaintext()
                .build();
    }

    /** Creates a small deterministic run on the bundled model; two runs of one seed differ in nothing but the name. */
    void create(String name, int steps) {
        create(spec(name, steps).setAdapter(ADAPTER));
    }

    /** The same with more groups a step, each of which is a part of its gradient. */
    void create(String name, int steps, int groups) {
        create(spec(name, steps).setAdapter(ADAPTER).setGroupsPerStep(groups));
    }

    /** The same with an adapter of another family. */
    void create(String name, int steps, FamilySpec adapter) {
        create(spec(name, steps).setFamilyAdapter(adapter));
    }

    void cancel(String name) {
        TrainingServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .cancelRun(CancelRunRequest.newBuilder().setName(name).build());
    }

    private void create(RunSpec.Builder spec) {
        TrainingServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .createRun(CreateRunRequest.newBuilder().setSpec(spec).build());
    }

    private static RunSpec.Builder spec(String name, int steps) {
        return RunSpec.newBuilder()
                .setName(name)
                .setBaseModel(BaseModel.newBuilder().setFolder("tiny-arithmetic"))
                .setDataSet(DataSet.newBuilder()
                        .setGenerator(
                                Generator.newBuilder().setName("arithmetic").setSplit("rl")))
                .setPrompt(PromptTemplate.newBuilder().setUser("{question}"))
                .setReward(Reward.newBuilder().setScorer("numeric").setExtraction("hash"))
                .setAlgorithm(Algorithm.newBuilder()
                        .setName("grpo")
                        .setClipLow(0.2)
                        .setClipHigh(0.2)
                        .setAggregation(Aggregation.AGGREGATION_TOKEN_MEAN))
                .setSampling(
                        Sampling.newBuilder().setTemperature(1).setMaxTokens(48).setSeed(13))
                .setOptimizer(OPTIMIZER)
                .setSteps(steps)
                .setGroupsPerStep(GROUPS)
                .setSamplesPerGroup(SAMPLES)
                .setDeterministic(true);
    }

    private static final TinyLoraSpec ADAPTER = TinyLoraSpec.newBuilder()
            .setRank(2)
            .setU(13)
            .setTying(Tying.TYING_ALL)
            .setSigmaForm(SigmaForm.SIGMA_FORM_PAPER)
            .setProjectionSeed(13)
            .setValueType(ValueType.VALUE_TYPE_BF16)
            .build();

    private static final Optimizer OPTIMIZER = Optimizer.newBuilder()
            .setLearningRate(0.01)
            .setBeta1(0.9)
            .setBeta2(0.999)
            .setEpsilon(1e-8)
            .build();

    /** Waits until a number of steps is committed, or the run has ended; the trainer may be away meanwhile. */
    RunState awaitStep(String name, long step, Duration limit) {
        RunState[] last = {RunState.getDefaultInstance()};
        Poll.until(
                "step " + step + " of run " + name,
                limit,
                () -> {
                    state(name).ifPresent(state -> last[0] = state);
                    return last[0].getStep() >= step || ENDED.contains(last[0].getPhase());
                },
                () -> last[0].getPhase() + " at step " + last[0].getStep() + " " + last[0].getReason());
        return last[0];
    }

    private static final List<RunPhase> ENDED = List.of(
            RunPhase.RUN_PHASE_FINISHED,
            RunPhase.RUN_PHASE_FAILED,
            RunPhase.RUN_PHASE_CANCELLED,
            RunPhase.RUN_PHASE_PAUSED);

    private Optional<RunState> state(String name) {
        try {
            return Optional.of(TrainingServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(5, TimeUnit.SECONDS)
                    .getRun(GetRunRequest.newBuilder().setName(name).build())
                    .getRun()
                    .getState());
        } catch (StatusRuntimeException e) {
            // Killed, or reading its state back: the next question will be answered.
            return Optional.empty();
        }
    }

    /** Names of all runs. */
    List<String> names() {
        return TrainingServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .listRuns(ListRunsRequest.getDefaultInstance())
                .getRunsList()
                .stream()
                .map(Run::getName)
                .toList();
    }

    /** Every committed step of a run in the order of the log, read from the topic itself. */
    List<StepRecord> steps(String name) throws Exception {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                endpoints.kafka(),
                "isolation.level",
                "read_committed",
                "client.id",
                "system-tests");
        List<StepRecord> steps = new ArrayList<>();
        TopicPartition log = new TopicPartition("run-steps", 0);
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(log));
            consumer.seekToBeginning(List.of(log));
            long end = consumer.endOffsets(List.of(log)).get(log);
            while (consumer.position(log) < end) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    if (name.equals(record.key())) steps.add(StepRecord.parseFrom(record.value()));
                }
            }
        }
        return steps;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
