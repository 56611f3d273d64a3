package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.local.LocalSystem;
import dev.thirteen.local.Service;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A pod of rollout-service that is told to end while it answers: SIGTERM, as Kubernetes sends it. */
@ExtendWith(SystemUnderTest.Provider.class)
class DrainTest {
    /** With the stream more than a pod can decode in its grace period: four times all its rows, each of 240 tokens. */
    private static final int OTHERS = 16;
    /** So many of them that the stream beside them is no faster than a full pod, and still has a row. */
    private static final int FIRST = 3;

    private static final String CALL = """
            {"model": "tiny-arithmetic", "prompt": "7*3-4+2?", "max_tokens": %d, "n": %d, "stream": %b,
             "logit_bias": {"2": -100}}""";
    private static final Duration LIMIT = Duration.ofSeconds(300);

    /** As most clients of the dialect, each call on a connection of its own. */
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void aStreamGoesOnAndEveryCallIsToldWhileHealthSaysNo(SystemUnderTest system) throws Exception {
        LocalSystem.Pod pod = system.another(Service.ROLLOUT);
        List<CompletableFuture<HttpResponse<String>>> others = new ArrayList<>(others(pod, FIRST));
        List<String> lines = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> stream = http.sendAsync(
                        call(pod, 240, 1, true), HttpResponse.BodyHandlers.fromLineSubscriber(new Lines(lines)))
                .thenAccept(answer -> assertThat(answer.statusCode()).isEqualTo(200));
        Poll.until("token", LIMIT, () -> !lines.isEmpty(), () -> "the stream is silent");
        others.addAll(others(pod, OTHERS - FIRST));

        assertThat(grpcHealth(pod)).isEqualTo(ServingStatus.SERVING);
        CompletableFuture<Void> end = CompletableFuture.runAsync(pod.process()::stop, DrainTest::onThreadOfItsOwn);

        Poll.until("end of health", LIMIT, () -> status(health(pod)) == 503, () -> "it is ready");
        Poll.until(
                "end of gRPC's health",
                LIMIT,
                () -> grpcHealth(pod) == ServingStatus.NOT_SERVING,
                () -> "it is SERVING");
        int before = lines.size();
        assertThat(status(call(pod, 2, 1, false))).isEqualTo(503);
        assertThatThrownBy(() -> generate(pod)).hasMessageContaining("UNAVAILABLE: this service is shutting down");
        Poll.until("further token", LIMIT, () -> lines.size() > before, () -> "the stream ended with its health");
        stream.get();
        assertThat(lines.getLast()).containsAnyOf("[DONE]", "this service is shutting down");
        for (CompletableFuture<HttpResponse<String>> other : others) {
            assertThat(other.get().body()).containsAnyOf("\"choices\"", "this service is shutting down");
        }
        end.get();
    }

    private List<CompletableFuture<HttpResponse<String>>> others(LocalSystem.Pod pod, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> http.sendAsync(call(pod, 240, 64, false), HttpResponse.BodyHandlers.ofString()))
                .toList();
    }

    /** The common pool, which may be of one thread, is the client's. */
    private static void onThreadOfItsOwn(Runnable work) {
        Thread.ofVirtual().start(work);
    }

    /** Lines of a stream as they come. */
    private record Lines(List<String> into) implements Flow.Subscriber<String> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            if (!line.isBlank()) into.add(line);
        }

        @Override
        public void onError(Throwable broken) {
            into.add("broken: " + broken);
        }

        @Override
        public void onComplete() {
            // The answer completes.
        }
    }

    private int status(HttpRequest request) {
        return http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .join()
                .statusCode();
    }

    private static HttpRequest health(LocalSystem.Pod pod) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/q/health/ready".formatted(pod.httpPort())))
                .build();
    }

    private static ServingStatus grpcHealth(LocalSystem.Pod pod) {
        return on(
                pod,
                channel -> HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus());
    }

    private static HttpRequest call(LocalSystem.Pod pod, int tokens, int samples, boolean stream) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/v1/completions".formatted(pod.httpPort())))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(CALL.formatted(tokens, samples, stream)))
                .build();
    }

    private static void generate(LocalSystem.Pod pod) {
        on(
                pod,
                channel -> GenerationServiceGrpc.newBlockingStub(channel)
                        .generate(GenerateRequest.newBuilder()
                                .setPolicy(Policy.newBuilder()
                                        .setBaseModel(BaseModel.newBuilder().setFolder("tiny-arithmetic")))
                                .setPrompt(Prompt.newBuilder().setText("7*3-4+2?"))
                                .setSampling(
                                        Sampling.newBuilder().setTemperature(1).setMaxTokens(2))
                                .setSamples(1)
                                .build()));
    }

    private static <T> T on(LocalSystem.Pod pod, Function<ManagedChannel, T> call) {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(pod.address()).usePlaintext().build();
        try {
            return call.apply(channel);
        } finally {
            channel.shutdownNow();
        }
    }
}
