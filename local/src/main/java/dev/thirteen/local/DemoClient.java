package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationRequest;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.PromptTemplate;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.TrainingServiceGrpc;
import dev.thirteen.proto.training.v1.WatchRunRequest;
import dev.thirteen.proto.training.v1.WatchRunResponse;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What the demo asks of the services. */
final class DemoClient implements AutoCloseable {
    /** Documents with this prefix were written by the careful solver, in the bundled model's pretraining. */
    private static final String CAREFUL_PREFIX = "A";
    /** Seed of the evaluation's sampling: any fixed number, the same for every policy. */
    private static final long EVALUATION_SEED = 2602_04118;

    private static final long ANSWER_SECONDS = 30;
    private static final long TRAINING_MINUTES = 30;

    private final ManagedChannel trainer;
    private final ManagedChannel eval;

    DemoClient(Endpoints endpoints) {
        this.trainer = open(endpoints, Service.TRAINER);
        this.eval = open(endpoints, Service.EVAL);
    }

    Channel trainer() {
        return trainer;
    }

    /** Follows a run until {@code last} says that an update was the last. */
    void watch(String run, Predicate<WatchRunResponse> last) {
        Iterator<WatchRunResponse> updates = TrainingServiceGrpc.newBlockingStub(trainer)
                .withDeadlineAfter(TRAINING_MINUTES, TimeUnit.MINUTES)
                .watchRun(WatchRunRequest.newBuilder().setName(run).build());
        while (updates.hasNext()) {
            if (last.test(updates.next())) return;
        }
    }

    /** Starts the evaluation that the run plans: base and adapted policy, and the base under the careful prompt. */
    Evaluation start(Run run) {
        RunSpec spec = run.getState().getSpec();
        PromptTemplate careful = spec.getPrompt().toBuilder()
                .setUser(CAREFUL_PREFIX + spec.getPrompt().getUser())
                .build();
        Sampling sampled = Sampling.newBuilder()
                .setTemperature(1)
                .setMaxTokens(spec.getSampling().getMaxTokens())
                .setSeed(EVALUATION_SEED)
                .build();
        EvaluationSpec evaluation = EvaluationSpec.newBuilder()
                .setBaseModel(spec.getBaseModel())
                .addAdapters(run.getName() + "@" + run.getState().getStep())
                .setDataSet(spec.getEvaluation().getDataSet())
                .setProblems(spec.getEvaluation().getProblems())
                .setPrompt(spec.getPrompt())
                .addBasePrompts(PromptVariant.newBuilder()
                        .setLabel("base, prompt " + CAREFUL_PREFIX)
                        .setPrompt(careful))
                .setReward(spec.getReward())
                .addDecodings(sampled)
                .addDecodings(sampled.toBuilder().setTemperature(0))
                .build();
        return EvaluationServiceGrpc.newBlockingStub(eval)
                .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
                .startEvaluation(
                        StartEvaluationRequest.newBuilder().setSpec(evaluation).build())
                .getEvaluation();
    }

    /** Follows an evaluation to its end. */
    void watch(String evaluation, Consumer<Evaluation> progress) {
        var updates = EvaluationServiceGrpc.newBlockingStub(eval)
                .withDeadlineAfter(TRAINING_MINUTES, TimeUnit.MINUTES)
                .watchEvaluation(
                        WatchEvaluationRequest.newBuilder().setId(evaluation).build());
        EvaluationPhase phase = EvaluationPhase.EVALUATION_PHASE_RUNNING;
        String reason = "the service stopped telling of it";
        while (phase == EvaluationPhase.EVALUATION_PHASE_RUNNING && updates.hasNext()) {
            Evaluation update = updates.next().getEvaluation();
            progress.accept(update);
            phase = update.getPhase();
            if (!update.getReason().isEmpty()) reason = update.getReason();
        }
        if (phase != EvaluationPhase.EVALUATION_PHASE_FINISHED) {
            throw new Failure(Failure.Kind.OUTSIDE, "the evaluation did not finish: " + reason);
        }
    }

    private static ManagedChannel open(Endpoints endpoints, Service service) {
        return NettyChannelBuilder.forAddress(new InetSocketAddress("127.0.0.1", endpoints.grpcPort(service)))
                .usePlaintext()
                .build();
    }

    @Override
    public void close() {
        trainer.shutdownNow();
        eval.shutdownNow();
    }
}
