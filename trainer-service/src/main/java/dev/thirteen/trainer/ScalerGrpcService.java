package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.keda.ExternalScalerGrpc;
import dev.thirteen.proto.keda.GetMetricSpecResponse;
import dev.thirteen.proto.keda.GetMetricsRequest;
import dev.thirteen.proto.keda.GetMetricsResponse;
import dev.thirteen.proto.keda.IsActiveResponse;
import dev.thirteen.proto.keda.MetricSpec;
import dev.thirteen.proto.keda.MetricValue;
import dev.thirteen.proto.keda.ScaledObjectRef;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;

/**
 * Tells KEDA how many groups wait for rollout pods: its own Kafka scaler knows classic groups only. Trigger metadata:
 * {@value #TARGET}, groups for each pod, {@value #DEFAULT_TARGET} where it is not said.
 */
@GrpcService
class ScalerGrpcService extends ExternalScalerGrpc.ExternalScalerImplBase {
    static final String METRIC = "waiting-groups";
    static final String TARGET = "groupsPerReplica";
    private static final long DEFAULT_TARGET = 8;

    private final WaitingGroups waiting;

    ScalerGrpcService(WaitingGroups waiting) {
        this.waiting = waiting;
    }

    @Override
    public void isActive(ScaledObjectRef request, StreamObserver<IsActiveResponse> answer) {
        answer.onNext(
                IsActiveResponse.newBuilder().setResult(waiting.count() > 0).build());
        answer.onCompleted();
    }

    @Override
    public void getMetricSpec(ScaledObjectRef request, StreamObserver<GetMetricSpecResponse> answer) {
        long target = target(request);
        answer.onNext(GetMetricSpecResponse.newBuilder()
                .addMetricSpecs(MetricSpec.newBuilder()
                        .setMetricName(METRIC)
                        .setTargetSize(target)
                        .setTargetSizeFloat(target))
                .build());
        answer.onCompleted();
    }

    @Override
    public void getMetrics(GetMetricsRequest request, StreamObserver<GetMetricsResponse> answer) {
        if (!request.getMetricName().equals(METRIC)) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "metric_name: there is no metric '%s', only %s".formatted(request.getMetricName(), METRIC));
        }
        long groups = waiting.count();
        answer.onNext(GetMetricsResponse.newBuilder()
                .addMetricValues(MetricValue.newBuilder()
                        .setMetricName(METRIC)
                        .setMetricValue(groups)
                        .setMetricValueFloat(groups))
                .build());
        answer.onCompleted();
    }

    private static long target(ScaledObjectRef request) {
        String said = request.getScalerMetadataOrDefault(TARGET, Long.toString(DEFAULT_TARGET));
        if (said.matches("[1-9][0-9]{0,8}")) return Long.parseLong(said);
        throw new Failure(Failure.Kind.CALLER, TARGET + ": '" + said + "' is no whole number from 1 to 999999999");
    }
}
