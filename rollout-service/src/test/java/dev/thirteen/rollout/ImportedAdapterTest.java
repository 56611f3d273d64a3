package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.adapter.ValueType;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.sampling.SamplingParameters;
import dev.thirteen.engine.AdapterExport;
import dev.thirteen.engine.AdapterFolder;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Policy;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc.GenerationServiceBlockingStub;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.ScoreRequest;
import dev.thirteen.proto.generation.v1.TokenLogProbs;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.Adapter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imported adapters of other families than a run's, by name. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class ImportedAdapterTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("thirteen.home"), "engine/src/test/resources/golden/adapters/tinylora-u13-tied");
    private static final int[] PROMPT = {5, 6, 7};
    private static final int TOKENS = 8;

    @Inject
    Policies policies;

    @TestHTTPResource
    URI root;

    @TempDir
    Path folder;

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
    void generationByNameIsTheEnginesOwn() throws IOException {
        AdapterFolder lora = lora();
        AdapterFolder tiny = AdapterFolder.read(around.base, GOLDEN);
        Adapter large = commit("lora", lora);
        Adapter small = commit("tiny", tiny);
        assertThat(large.getValuesDigest()).isNotEmpty();
        assertThat(small.getValuesDigest()).isEmpty();

        GenerateResponse first = client.generate(named("lora@1").build());

        assertSame(first.getCompletions(0), decoded(lora.policy()));
        assertSame(client.generate(named("tiny@latest").build()).getCompletions(0), decoded(tiny.policy()));
        assertThat(decoded(lora.policy())).isNotEqualTo(decoded(Policy.BASE));
        assertThat(first.getProvenance().getPolicyVersion().getStep()).isEqualTo(1);
        assertThat(first.getProvenance().getAdapterDigest()).isEqualTo(large.getDigest());
        assertThat(first.getProvenance().getBasisDigest()).isEqualTo(large.getBasisDigest());
        TokenLogProbs scored = client.score(ScoreRequest.newBuilder()
                        .setPolicy(named("lora@1").getPolicy())
                        .setPrompt(named("").getPrompt())
                        .addCompletions(Prompt.newBuilder()
                                .setTokens(Tokens.newBuilder()
                                        .addAllIds(first.getCompletions(0).getTokenIdsList())))
                        .build())
                .getCompletions(0);
        for (int i = 0; i < TOKENS; i++) {
            assertThat(scored.getLogProbs(i)).isCloseTo(first.getCompletions(0).getLogProbs(i), within(1e-4f));
        }
        // From memory now, and the same.
        assertThat(client.generate(named("lora@latest").build()).getCompletionsList())
                .isEqualTo(first.getCompletionsList());
    }

    @Test
    void theOpenAiDialectKnowsThemToo() throws Exception {
        Adapter adapter = commit("dialect", lora());
        try (OpenAiClient http = new OpenAiClient(root)) {
            var answer = http.post(
                    "/v1/completions",
                    "{'model':'qwen2-tied:dialect@1','prompt':[5,6,7],'max_tokens':%d,'seed':3}".formatted(TOKENS));

            assertThat(answer.json().path("model").textValue()).isEqualTo("qwen2-tied:dialect@1");
            assertThat(answer.header("x-thirteen-provenance")).contains(adapter.getDigest());
        }
    }

    @Test
    void valuesThatCannotBeHadOrUsedAreRefused() throws IOException {
        Adapter adapter = commit("whole", lora());
        byte[] notFinite = ValueType.FP32.encode(new float[] {0, Float.NaN});
        around.trainer.keep(Digests.sha256(notFinite), notFinite);

        refused(adapter, "sha256:" + "3".repeat(64), Status.Code.FAILED_PRECONDITION, "the adapter's values");
        refused(adapter, Digests.sha256(notFinite), Status.Code.INVALID_ARGUMENT, "adapter.values: value 1 is NaN");
        byte[] two = new byte[8];
        around.trainer.keep(Digests.sha256(two), two);
        refused(adapter, Digests.sha256(two), Status.Code.INVALID_ARGUMENT, "has 2 values, its basis asks for");
    }

    private void refused(Adapter adapter, String valuesDigest, Status.Code code, String text) {
        Adapter changed =
                adapter.toBuilder().setValuesDigest(valuesDigest).clearDigest().build();
        GenerateRequest.Builder request = named("");
        request.getPolicyBuilder().setValue(changed);
        StatusRuntimeException refused =
                catchThrowableOfType(StatusRuntimeException.class, () -> client.generate(request.build()));
        assertThat(refused.getStatus().getCode()).isEqualTo(code);
        assertThat(refused.getStatus().getDescription()).contains(text);
    }

    /** A plain LoRA folder, too large for a message. */
    private AdapterFolder lora() throws IOException {
        Policy policy = new Policy(around.basis, new float[] {3, -2, 1});
        Map<String, byte[]> files =
                AdapterExport.files(around.base, policy, ValueType.FP32, "qwen2-tied", AdapterExport.Format.LORA);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
        return AdapterFolder.read(around.base, folder);
    }

    /** What a trainer does with an imported folder. */
    private Adapter commit(String name, AdapterFolder imported) {
        var basis = Objects.requireNonNull(imported.policy().basis());
        around.trainer.keep(basis.digest(), basis.toBytes());
        Adapter adapter = AdapterWire.of(
                imported.valueType(), basis.digest(), imported.policy().values(), content -> {
                    String digest = Digests.sha256(content);
                    around.trainer.keep(digest, content);
                    return digest;
                });
        around.trainer.commit(around.named(name, 1, adapter));
        return adapter;
    }

    private List<Decoder.Token> decoded(Policy policy) {
        List<Decoder.Token> tokens = new ArrayList<>();
        try (Decoder decoder = new Decoder(around.base, new Decoder.Options(1, 64, false))) {
            SamplingParameters sampling = new SamplingParameters(1, 1, 0, TOKENS, 3);
            decoder.admit(new Decoder.Group(0, policy, PROMPT, 1, sampling, 0));
            while (decoder.runningRows() > 0) tokens.addAll(decoder.step());
        }
        return tokens;
    }

    private static void assertSame(Completion completion, List<Decoder.Token> tokens) {
        assertThat(completion.getTokenIdsList())
                .isEqualTo(tokens.stream().map(Decoder.Token::tokenId).toList());
        for (int i = 0; i < tokens.size(); i++) {
            assertThat(completion.getLogProbs(i)).isCloseTo(tokens.get(i).logProb(), within(1e-4f));
        }
    }

    private static GenerateRequest.Builder named(String name) {
        GenerateRequest.Builder request = GenerateRequest.newBuilder();
        for (int token : PROMPT) request.getPromptBuilder().getTokensBuilder().addIds(token);
        request.getSamplingBuilder().setTemperature(1).setMaxTokens(TOKENS).setSeed(3);
        if (!name.isEmpty()) request.getPolicyBuilder().setName(name);
        return request;
    }
}
