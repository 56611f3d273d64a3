package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.thirteen.core.sampling.StopText;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.proto.generation.v1.Chat;
import dev.thirteen.proto.generation.v1.ChatMessage;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc.GenerationServiceBlockingStub;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.ScoreRequest;
import dev.thirteen.proto.generation.v1.ScoreResponse;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.policy.v1.Sampling;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service through gRPC, on a tiny random checkpoint. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class GenerationServiceTest {
    /** No other test loads it here. */
    private static final BaseModel CHATLESS =
            BaseModel.newBuilder().setFolder("llama-biases").build();

    private static final Prompt CHAT = Prompt.newBuilder()
            .setChat(Chat.newBuilder()
                    .addMessages(ChatMessage.newBuilder().setRole("user").setContent("Hello")))
            .build();

    @Inject
    Policies policies;

    @Inject
    AdapterDirectory directory;

    @Inject
    DecodeLoop loop;

    private Surroundings around;
    private GenerationServiceBlockingStub client;

    @BeforeEach
    void open() throws Exception {
        around = new Surroundings(policies);
        client = around.client();
    }

    @AfterEach
    void close() {
        around.close();
    }

    @Test
    void aStreamGivesTheTokensOfGenerateInOrderAndTheSameText() {
        GenerateRequest request = request(8).build();

        Completion whole = client.generate(request).getCompletions(0);
        List<StreamGenerateResponse> stream = new ArrayList<>();
        client.streamGenerate(
                        StreamGenerateRequest.newBuilder().setRequest(request).build())
                .forEachRemaining(stream::add);

        assertThat(stream).extracting(StreamGenerateResponse::getTokenId).isEqualTo(whole.getTokenIdsList());
        assertThat(String.join(
                        "", stream.stream().map(StreamGenerateResponse::getText).toList()))
                .isEqualTo(whole.getText());
        assertThat(stream.getFirst().getProvenance().getBaseDigest()).isEqualTo(around.base.digest());
        assertThat(stream.getLast().getFinishReason()).isEqualTo(whole.getFinishReason());
        assertThat(stream.subList(0, stream.size() - 1))
                .allMatch(token -> token.getFinishReason() == FinishReason.FINISH_REASON_UNSPECIFIED);
    }

    @Test
    void aStopStringCutsTheTextOfItsSampleAlone() {
        GenerateRequest.Builder request = request(12).setSamples(3);
        List<Completion> free = client.generate(request.build()).getCompletionsList();
        String text = free.getFirst().getText();
        String stop = text.substring(text.length() / 2, text.length() / 2 + 2);
        request.getSamplingBuilder().addStop(stop);

        List<Completion> stopped = client.generate(request.build()).getCompletionsList();
        List<StreamGenerateResponse> stream = new ArrayList<>();
        client.streamGenerate(StreamGenerateRequest.newBuilder()
                        .setRequest(request.clone().setSamples(1))
                        .build())
                .forEachRemaining(stream::add);

        Completion first = stopped.getFirst();
        assertThat(first.getText()).isEqualTo(text.substring(0, text.indexOf(stop)));
        assertThat(first.getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
        assertThat(first.getTokenIdsList())
                .isEqualTo(free.getFirst().getTokenIdsList().subList(0, first.getTokenIdsCount()));
        for (int i = 1; i < 3; i++) {
            assertThat(stopped.get(i).getText())
                    .isEqualTo(StopText.cut(free.get(i).getText(), List.of(stop)));
        }
        assertThat(String.join(
                        "", stream.stream().map(StreamGenerateResponse::getText).toList()))
                .isEqualTo(first.getText());
    }

    @Test
    void anAdapterByValueAndByNameIsTheSamePolicy() {
        around.trainer.commit(around.named("arith", 4, around.adapter(0, 0, 0)));
        around.commitLatest(directory, around.named("arith", 5, around.adapter));

        GenerateResponse byValue = client.generate(request(6)
                .setPolicy(Policy.newBuilder().setValue(around.adapter))
                .build());
        GenerateResponse byStep = client.generate(named("arith@5"));
        GenerateResponse latest = client.generate(named("arith@latest"));
        GenerateResponse before = client.generate(named("arith@4"));

        assertThat(byStep.getCompletionsList()).isEqualTo(byValue.getCompletionsList());
        assertThat(latest.getCompletionsList()).isEqualTo(byValue.getCompletionsList());
        assertThat(latest.getProvenance().getPolicyVersion().getStep()).isEqualTo(5);
        assertThat(byValue.getProvenance().getAdapterDigest()).isEqualTo(around.adapter.getDigest());
        assertThat(before.getCompletions(0).getLogProbsList())
                .isNotEqualTo(latest.getCompletions(0).getLogProbsList());
    }

    @Test
    void scoreGivesTheLogProbsOfWhatWasSampled() {
        Policy policy = Policy.newBuilder().setValue(around.adapter).build();
        Completion completion =
                client.generate(request(6).setPolicy(policy).build()).getCompletions(0);

        ScoreResponse scored = client.score(ScoreRequest.newBuilder()
                .setPolicy(policy)
                .setPrompt(prompt(5, 6, 7))
                .addCompletions(
                        Prompt.newBuilder().setTokens(Tokens.newBuilder().addAllIds(completion.getTokenIdsList())))
                .build());

        assertThat(scored.getCompletions(0).getTokenIdsList()).isEqualTo(completion.getTokenIdsList());
        for (int i = 0; i < completion.getTokenIdsCount(); i++) {
            assertThat(scored.getCompletions(0).getLogProbs(i)).isCloseTo(completion.getLogProbs(i), within(1e-4f));
            assertThat(completion.getRawLogProbs(i)).isCloseTo(completion.getLogProbs(i), within(1e-5f));
        }
    }

    @Test
    void wrongCallsAreRefusedWithTheKindAndTheReason() {
        assertRefused(named("nobody@latest"), Status.Code.NOT_FOUND, "there is no run nobody");
        assertRefused(named("Bad Name"), Status.Code.INVALID_ARGUMENT, "run@step or run@latest");
        assertRefused(
                byValue(around.adapter.toBuilder()
                        .setBasisDigest("sha256:" + "2".repeat(64))
                        .clearDigest()),
                Status.Code.FAILED_PRECONDITION,
                "basis sha256:2222");
        assertRefused(
                byValue(around.adapter(Float.POSITIVE_INFINITY, 0, 0).toBuilder()),
                Status.Code.INVALID_ARGUMENT,
                "value 0 is Infinity");
        assertRefused(
                byValue(AdapterWire.of(Surroundings.SPEC, around.basis.digest(), new float[] {1, 2}).toBuilder()),
                Status.Code.INVALID_ARGUMENT,
                "has 2 values, its basis asks for 3");
        assertRefused(request(40_000).build(), Status.Code.INVALID_ARGUMENT, "the prompt has 3 tokens");
        assertRefused(request(4).setPrompt(prompt(640)).build(), Status.Code.INVALID_ARGUMENT, "640");
        GenerateRequest.Builder biased = request(4);
        biased.getSamplingBuilder().putLogitBias(640, 1);
        assertRefused(biased.build(), Status.Code.INVALID_ARGUMENT, "sampling.logit-bias.640: is no token");
        assertRefused(request(4).setSamples(1000).build(), Status.Code.INVALID_ARGUMENT, "samples: must be 1 to 64");
    }

    @Test
    void theExactReasonStandsInTheDetails() throws Exception {
        String unknown = "sha256:" + "2".repeat(64);
        assertThat(reason(request(40_000).build())).isEqualTo("PROMPT_TOO_LONG");
        assertThat(reason(byValue(around.adapter(Float.NaN, 0, 0).toBuilder()))).isEqualTo("ADAPTER_NOT_FINITE");
        assertThat(reason(byValue(
                        around.adapter.toBuilder().setBasisDigest(unknown).clearDigest())))
                .isEqualTo("BASIS_UNKNOWN");
    }

    private String reason(GenerateRequest request) throws InvalidProtocolBufferException {
        for (Any detail : StatusProto.fromThrowable(refused(request)).getDetailsList()) {
            if (detail.is(ErrorInfo.class))
                return detail.unpack(ErrorInfo.class).getReason();
        }
        throw new AssertionError("no ErrorInfo");
    }

    @Test
    void aChatWithoutTemplateIsRefusedBeforeTheModelIsLoaded() throws Exception {
        around.trainer.commit(around.named("chatless", 1, around.adapter).toBuilder()
                .setBaseModel(CHATLESS)
                .build());
        GenerateRequest chat =
                request(4).setPrompt(CHAT).setPolicy(on(CHATLESS)).build();
        GenerateRequest named = named("chatless@1").toBuilder().setPrompt(CHAT).build();
        GenerateRequest byValue = chat.toBuilder()
                .setPolicy(on(CHATLESS).setValue(around.adapter))
                .build();
        ScoreRequest score = ScoreRequest.newBuilder()
                .setPolicy(on(CHATLESS))
                .setPrompt(prompt(5))
                .addCompletions(CHAT)
                .build();
        List<ThrowingCallable> calls = List.of(
                () -> client.generate(chat),
                () -> client.generate(named),
                () -> client.generate(byValue),
                () -> client.streamGenerate(StreamGenerateRequest.newBuilder()
                                .setRequest(chat)
                                .build())
                        .hasNext(),
                () -> client.score(score));

        for (ThrowingCallable call : calls) {
            Status status =
                    catchThrowableOfType(StatusRuntimeException.class, call).getStatus();
            assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(status.getDescription()).contains("llama-biases has neither chat_template.jinja");
        }
        assertThat(reason(chat)).isEqualTo("NO_CHAT_TEMPLATE");
        assertThat(policies.loaded(CHATLESS)).isFalse();
        assertThat(policies.loaded(around.baseModel())).isTrue();
    }

    private static Policy.Builder on(BaseModel base) {
        return Policy.newBuilder().setBaseModel(base);
    }

    @Test
    void badFieldsAreNamedInTheDetails() throws Exception {
        StatusRuntimeException refused = refused(request(4).clearPrompt().build());

        BadRequest details = StatusProto.fromThrowable(refused).getDetailsList().stream()
                .filter(detail -> detail.is(BadRequest.class))
                .findFirst()
                .orElseThrow()
                .unpack(BadRequest.class);
        assertThat(details.getFieldViolations(0).getField()).isEqualTo("prompt");
    }

    /** What is told to nobody, Mutiny logs as an error. */
    @Test
    void whoHasGoneIsToldNothing() {
        List<Throwable> dropped = new CopyOnWriteArrayList<>();
        Infrastructure.setDroppedExceptionHandler(dropped::add);
        try {
            for (int i = 0; i < 40; i++) {
                Context.CancellableContext call = Context.current().withCancellation();
                call.run(() -> client.streamGenerate(StreamGenerateRequest.newBuilder()
                                .setRequest(Endless.request())
                                .build())
                        .next());
                call.cancel(null);
            }
            Surroundings.await(() -> loop.runningRows() == 0);
            assertThat(dropped).isEmpty();
        } finally {
            Infrastructure.resetDroppedExceptionHandler();
        }
    }

    @Test
    void cancellingAStreamFreesItsRowsLongBeforeItsEnd() {
        Context.CancellableContext call = Context.current().withCancellation();
        call.run(() -> {
            Iterator<StreamGenerateResponse> tokens = client.streamGenerate(StreamGenerateRequest.newBuilder()
                    .setRequest(Endless.request(1, Endless.LONG))
                    .build());
            for (int i = 0; i < 3; i++) tokens.next();
            assertThat(loop.runningRows()).isEqualTo(1);
        });
        call.cancel(null);
        long cancelled = loop.totals().tokens();

        Surroundings.await(() -> loop.runningRows() == 0);

        assertThat(loop.totals().tokens() - cancelled).isLessThan(Endless.LONG / 2);
    }

    /** Over the wire, where the moment that the server's deadline passes is not seen; DeadlineTest counts from it. */
    @Test
    void aDeadlineFreesTheRowsToo() {
        GenerationServiceBlockingStub hasty =
                GenerationServiceGrpc.newBlockingStub(around.channel).withDeadlineAfter(500, TimeUnit.MILLISECONDS);

        StatusRuntimeException late = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> hasty.generate(Endless.request(16, 2000).build()));

        assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        Surroundings.await(() -> loop.runningRows() == 0 && loop.queuedRows() == 0);
    }

    @Test
    void aFullQueueIsRefusedWithATimeToRetry() {
        Context.CancellableContext calls = Context.current().withCancellation();
        List<Iterator<StreamGenerateResponse>> streams = new ArrayList<>();
        try {
            // 16 rows fill the decoder, two calls may wait.
            calls.run(() -> {
                for (int i = 0; i < 16; i++) {
                    streams.add(client.streamGenerate(StreamGenerateRequest.newBuilder()
                            .setRequest(Endless.request())
                            .build()));
                    streams.getLast().next();
                }
                for (int i = 0; i < 2; i++) {
                    streams.add(client.streamGenerate(StreamGenerateRequest.newBuilder()
                            .setRequest(Endless.request())
                            .build()));
                }
            });
            Surroundings.await(() -> loop.queuedRows() == 2);

            StatusRuntimeException full = refused(Endless.request().build());

            assertThat(full.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(StatusProto.fromThrowable(full).getDetailsList()).anyMatch(detail -> detail.is(RetryInfo.class));
        } finally {
            calls.cancel(null);
        }
        Surroundings.await(() -> loop.runningRows() == 0 && loop.queuedRows() == 0);
    }

    @Test
    void healthAnswersServing() {
        assertThat(HealthGrpc.newBlockingStub(around.channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    private static GenerateRequest.Builder request(int maxTokens) {
        return GenerateRequest.newBuilder()
                .setPrompt(prompt(5, 6, 7))
                .setSampling(Sampling.newBuilder()
                        .setTemperature(1)
                        .setMaxTokens(maxTokens)
                        .setSeed(3));
    }

    private static GenerateRequest named(String name) {
        return request(6).setPolicy(Policy.newBuilder().setName(name)).build();
    }

    private static GenerateRequest byValue(dev.thirteen.proto.policy.v1.Adapter.Builder adapter) {
        return request(6).setPolicy(Policy.newBuilder().setValue(adapter)).build();
    }

    private static Prompt prompt(Integer... ids) {
        return Prompt.newBuilder()
                .setTokens(Tokens.newBuilder().addAllIds(List.of(ids)))
                .build();
    }

    private void assertRefused(GenerateRequest request, Status.Code code, String reason) {
        StatusRuntimeException refused = refused(request);
        assertThat(refused.getStatus().getCode()).isEqualTo(code);
        assertThat(refused.getStatus().getDescription()).contains(reason);
    }

    private StatusRuntimeException refused(GenerateRequest request) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> client.generate(request));
    }
}
