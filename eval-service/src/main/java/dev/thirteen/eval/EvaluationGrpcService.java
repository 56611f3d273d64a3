package dev.thirteen.eval;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.kit.Outflow;
import dev.thirteen.proto.evaluation.v1.CancelEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.CancelEvaluationResponse;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationService;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.GetEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.GetEvaluationResponse;
import dev.thirteen.proto.evaluation.v1.ListEvaluationsRequest;
import dev.thirteen.proto.evaluation.v1.ListEvaluationsResponse;
import dev.thirteen.proto.evaluation.v1.StartEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.StartEvaluationResponse;
import dev.thirteen.proto.evaluation.v1.StreamAnswersRequest;
import dev.thirteen.proto.evaluation.v1.StreamAnswersResponse;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationRequest;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationResponse;
import io.quarkus.grpc.GrpcService;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.time.Duration;
import java.util.stream.Stream;

/** EvaluationService: parse and reject, call, render. */
@GrpcService
class EvaluationGrpcService implements EvaluationService {
    /** How long who asked for answers may read none of them. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final EvalConfig config;
    private final EvalLifecycle lifecycle;
    private final Adapters adapters;
    private final Evaluations evaluations;
    private final AnswerTopic answers;

    EvaluationGrpcService(
            EvalConfig config,
            EvalLifecycle lifecycle,
            Adapters adapters,
            Evaluations evaluations,
            AnswerTopic answers) {
        this.answers = answers;
        this.config = config;
        this.lifecycle = lifecycle;
        this.adapters = adapters;
        this.evaluations = evaluations;
    }

    @Override
    public Uni<StartEvaluationResponse> startEvaluation(StartEvaluationRequest request) {
        requireReady();
        EvaluationRules.check(request.getSpec());
        requireSeen(Caller.current(), request.getSpec());
        EvaluationSpec spec = adapters.resolve(request.getSpec());
        try {
            Evaluation started = evaluations.start(spec, Caller.current().tenant());
            return Uni.createFrom()
                    .item(StartEvaluationResponse.newBuilder()
                            .setEvaluation(started)
                            .build());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "eval-service is stopping", e);
        }
    }

    @Override
    public Uni<GetEvaluationResponse> getEvaluation(GetEvaluationRequest request) {
        requireReady();
        Evaluation evaluation = seen(request.getId()).snapshot();
        return Uni.createFrom()
                .item(GetEvaluationResponse.newBuilder()
                        .setEvaluation(evaluation)
                        .build());
    }

    @Override
    public Multi<WatchEvaluationResponse> watchEvaluation(WatchEvaluationRequest request) {
        requireReady();
        LiveEvaluation live = seen(request.getId());
        return Multi.createFrom()
                .emitter(emitter ->
                        Thread.ofVirtual().name("watch").start(() -> follow(live, config.progressInterval(), emitter)));
    }

    @Override
    public Uni<ListEvaluationsResponse> listEvaluations(ListEvaluationsRequest request) {
        requireReady();
        Caller caller = Caller.current();
        ListEvaluationsResponse.Builder response = ListEvaluationsResponse.newBuilder();
        for (LiveEvaluation live : evaluations.all()) {
            Evaluation evaluation = live.snapshot();
            if (!caller.seesTenant(evaluation.getTenant())) continue;
            EvaluationSpec spec = evaluation.getSpec();
            boolean suite = request.getSuite().isEmpty() || request.getSuite().equals(spec.getSuite());
            boolean benchmark =
                    request.getBenchmark().isEmpty() || request.getBenchmark().equals(spec.getBenchmark());
            if (suite && benchmark) response.addEvaluations(evaluation);
        }
        return Uni.createFrom().item(response.build());
    }

    @Override
    public Multi<StreamAnswersResponse> streamAnswers(StreamAnswersRequest request) {
        requireReady();
        Evaluation evaluation = seen(request.getId()).snapshot();
        Outflow outflow = Outflow.current();
        return Multi.createFrom()
                .emitter(emitter -> Thread.ofVirtual().name("answers").start(() -> send(evaluation, outflow, emitter)));
    }

    @Override
    public Uni<CancelEvaluationResponse> cancelEvaluation(CancelEvaluationRequest request) {
        requireReady();
        seen(request.getId());
        try {
            Evaluation cancelled = evaluations.cancel(request.getId());
            return Uni.createFrom()
                    .item(CancelEvaluationResponse.newBuilder()
                            .setEvaluation(cancelled)
                            .build());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "eval-service is stopping", e);
        }
    }

    /** Other tenants' runs are unknown here as they are in trainer-service, which is asked by the key of this service. */
    private static void requireSeen(Caller caller, EvaluationSpec spec) {
        Stream<String> adapters = spec.getAdaptersList().stream().map(name -> name.substring(0, name.indexOf('@')));
        Stream<String> followed = spec.hasFollow() ? Stream.of(spec.getFollow().getRun()) : Stream.empty();
        Stream.concat(adapters, followed)
                .filter(run -> !caller.sees(run))
                .findFirst()
                .ifPresent(run -> {
                    throw new Failure(
                                    Failure.Kind.NOT_FOUND,
                                    "there is no run and no imported adapter named '" + run + "'")
                            .because(Failure.Reason.RUN_UNKNOWN);
                });
    }

    /** @throws Failure NOT_FOUND, for an evaluation of another tenant too */
    private LiveEvaluation seen(String id) {
        LiveEvaluation evaluation = evaluations.get(id);
        if (Caller.current().seesTenant(evaluation.snapshot().getTenant())) return evaluation;
        throw Evaluations.unknown(id);
    }

    /** Sends the answers as fast as they are taken: the topic is read no further than that. */
    private void send(Evaluation evaluation, Outflow outflow, MultiEmitter<? super StreamAnswersResponse> emitter) {
        try {
            answers.read(evaluation.getId(), evaluation.getStartedUnixNano(), answer -> {
                outflow.awaitRoom(PATIENCE);
                emitter.emit(
                        StreamAnswersResponse.newBuilder().addAnswers(answer).build());
            });
            emitter.complete();
        } catch (RuntimeException | Error e) {
            outflow.fail(emitter, FailureStatus.of(e));
        }
    }

    /** Tells of an evaluation until it ends or nobody listens; whatever goes wrong ends the stream with it. */
    static void follow(LiveEvaluation live, Duration interval, MultiEmitter<? super WatchEvaluationResponse> emitter) {
        try {
            while (!emitter.isCancelled()) {
                // Asked before the snapshot, so that the last message is the last state.
                boolean last = live.ended();
                emitter.emit(WatchEvaluationResponse.newBuilder()
                        .setEvaluation(live.snapshot())
                        .build());
                if (last) {
                    emitter.complete();
                    return;
                }
                live.awaitEnd(interval);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            emitter.fail(FailureStatus.of(new Failure(Failure.Kind.OUTSIDE, "eval-service is stopping", e)));
        } catch (RuntimeException | Error e) {
            emitter.fail(FailureStatus.of(e));
        }
    }

    private void requireReady() {
        if (!lifecycle.ready()) {
            throw new Failure(Failure.Kind.OUTSIDE, "eval-service is starting: it waits for the broker");
        }
    }
}
