package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc.GenerationServiceBlockingStub;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.rollout.OpenAiClient.Answer;
import io.grpc.Context;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls that ask for bits that depend on nothing else. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class DeterministicCallTest {
    private static final String CALL =
            "{'model':'qwen2-tied','prompt':[5,6,7],'max_tokens':24,'seed':3,'logprobs':2,'deterministic':%s}";

    @TestHTTPResource
    URI root;

    @Inject
    Policies policies;

    @Inject
    DecodeLoop loop;

    private Surroundings around;
    private GenerationServiceBlockingStub client;
    private OpenAiClient http;

    @BeforeEach
    void open() throws Exception {
        around = new Surroundings(policies);
        client = around.client();
        http = new OpenAiClient(root);
    }

    @AfterEach
    void close() {
        http.close();
        around.close();
    }

    /** Equal as floats are: bit by bit. */
    @Test
    void aSeededCallGivesTheSameBitsAloneAndBesideOthers() throws Exception {
        GenerateRequest request =
                request(24, 1).setSamples(3).setDeterministic(true).build();
        List<Completion> alone = client.generate(request).getCompletionsList();

        List<Completion> beside = besideOthers(() -> client.generate(request).getCompletionsList());

        assertThat(beside).isEqualTo(alone);
        assertThat(alone).allMatch(completion -> completion.getLogProbsCount() == completion.getTokenIdsCount());
    }

    @Test
    void aStreamGivesThemToo() throws Exception {
        GenerateRequest request = request(24, 1).setDeterministic(true).build();
        Completion alone = client.generate(request).getCompletions(0);

        List<StreamGenerateResponse> beside = besideOthers(() -> {
            List<StreamGenerateResponse> tokens = new ArrayList<>();
            stream(request).forEachRemaining(tokens::add);
            return tokens;
        });

        assertThat(beside).extracting(StreamGenerateResponse::getTokenId).isEqualTo(alone.getTokenIdsList());
        assertThat(beside).extracting(StreamGenerateResponse::getLogProb).isEqualTo(alone.getLogProbsList());
    }

    @Test
    void theOpenAiDialectHasAFieldForIt() throws Exception {
        JsonNode alone = choices(http.post("/v1/completions", CALL.formatted(true)));

        JsonNode beside = besideOthers(() -> choices(http.post("/v1/completions", CALL.formatted(true))));

        assertThat(beside).isEqualTo(alone);
        Answer wrong = http.post("/v1/completions", CALL.formatted("1"));
        assertThat(wrong.http().statusCode()).isEqualTo(400);
        assertThat(wrong.json().at("/error/param").textValue()).isEqualTo("deterministic");
    }

    private static JsonNode choices(Answer answer) {
        assertThat(answer.http().statusCode()).isEqualTo(200);
        return answer.json().path("choices");
    }

    /** Calls while five rows of two policies are decoded and another call waits for the lane of those that are alone. */
    private <T> T besideOthers(Callable<T> call) throws Exception {
        Context.CancellableContext others = Context.current().withCancellation();
        try {
            others.run(() -> {
                for (int i = 0; i < 5; i++) {
                    GenerateRequest.Builder endless = Endless.request();
                    if (i % 2 == 1) endless.setPolicy(Policy.newBuilder().setValue(around.adapter));
                    stream(endless.build()).next();
                }
                stream(request(40, 0).setDeterministic(true).build()).next();
            });
            assertThat(loop.runningRows()).isGreaterThanOrEqualTo(5);
            T answer = call.call();
            assertThat(loop.runningRows()).as("still beside others").isGreaterThanOrEqualTo(5);
            return answer;
        } finally {
            others.cancel(null);
            Surroundings.await(() -> loop.runningRows() == 0 && loop.queuedRows() == 0);
        }
    }

    private Iterator<StreamGenerateResponse> stream(GenerateRequest request) {
        return client.streamGenerate(
                StreamGenerateRequest.newBuilder().setRequest(request).build());
    }

    private static GenerateRequest.Builder request(int maxTokens, float temperature) {
        return GenerateRequest.newBuilder()
                .setPrompt(Prompt.newBuilder().setTokens(Tokens.newBuilder().addAllIds(List.of(5, 6, 7))))
                .setSampling(Sampling.newBuilder()
                        .setTemperature(temperature)
                        .setMaxTokens(maxTokens)
                        .setSeed(3));
    }
}
