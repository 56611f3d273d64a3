package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.kit.ModelSettings;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc.GenerationServiceBlockingStub;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.ScoreRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.PolicyVersion;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.policy.v1.Sampling;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every reply of every call names what answered, in all fields that apply. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class ProvenanceTest {
    private static final Prompt PROMPT = Prompt.newBuilder()
            .setTokens(Tokens.newBuilder().addAllIds(List.of(5, 6, 7)))
            .build();

    @Inject
    Policies policies;

    @Inject
    AdapterDirectory directory;

    @Inject
    ModelSettings models;

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
    void ofTheBaseAlone() throws Exception {
        assertThat(answers(Policy.getDefaultInstance())).containsOnly(base().build());
    }

    @Test
    void ofAnAdapterByValue() throws Exception {
        assertThat(answers(Policy.newBuilder().setValue(around.adapter).build()))
                .containsOnly(adapted().build());
    }

    @Test
    void ofAStepOfARunAndOfItsLatest() throws Exception {
        around.trainer.commit(around.named("proven", 4, around.adapter(0, 0, 0)));
        around.commitLatest(directory, around.named("proven", 5, around.adapter));
        Provenance expected = adapted()
                .setPolicyVersion(PolicyVersion.newBuilder().setRun("proven").setStep(5))
                .build();

        assertThat(answers(Policy.newBuilder().setName("proven@5").build())).containsOnly(expected);
        assertThat(answers(Policy.newBuilder().setName("proven@latest").build()))
                .containsOnly(expected);
    }

    /** Of Generate, of the first token of StreamGenerate, and of Score. */
    private List<Provenance> answers(Policy policy) {
        GenerateRequest request = GenerateRequest.newBuilder()
                .setPolicy(policy)
                .setPrompt(PROMPT)
                .setSampling(Sampling.newBuilder().setMaxTokens(4))
                .build();
        List<StreamGenerateResponse> stream = new ArrayList<>();
        client.streamGenerate(
                        StreamGenerateRequest.newBuilder().setRequest(request).build())
                .forEachRemaining(stream::add);
        assertThat(stream.subList(1, stream.size()))
                .hasSize(3)
                .as("the first token says it")
                .noneMatch(StreamGenerateResponse::hasProvenance);
        ScoreRequest score = ScoreRequest.newBuilder()
                .setPolicy(policy)
                .setPrompt(PROMPT)
                .addCompletions(PROMPT)
                .build();
        return List.of(
                client.generate(request).getProvenance(),
                stream.getFirst().getProvenance(),
                client.score(score).getProvenance());
    }

    private Provenance.Builder base() throws IOException {
        assertThat(around.base.engineBuild()).matches("thirteen-\\S+ libtorch-\\d+\\.\\d+\\.\\d+ cpu (fp32|bf16)");
        assertThat(around.base.digest()).matches("sha256:[0-9a-f]{64}");
        byte[] tokenizer = Files.readAllBytes(Path.of(models.root()).resolve("qwen2-tied/tokenizer.json"));
        return Provenance.newBuilder()
                .setBaseDigest(around.base.digest())
                .setTokenizerDigest(Digests.sha256(tokenizer))
                .setEngineBuild(around.base.engineBuild());
    }

    private Provenance.Builder adapted() throws IOException {
        return base().setBasisDigest(around.basis.digest()).setAdapterDigest(around.adapter.getDigest());
    }
}
