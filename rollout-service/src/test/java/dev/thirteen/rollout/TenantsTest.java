package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.kit.Access;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.Sampling;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tenants, quotas and limits, by gRPC and by HTTP. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
@TestProfile(TenantsTest.WithKeys.class)
class TenantsTest {
    /** Keys are their callers' names. */
    public static final class WithKeys implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                String keys = line("ann", "infer", "acme")
                        + line("gus", "infer", "globex")
                        + line("tom", "infer", "slow")
                        + line("tim", "infer", "terse")
                        + line("hal", "infer", "half")
                        + line("boss", "admin", "");
                return Map.ofEntries(
                        Map.entry("thirteen.auth.mode", "keys"),
                        Map.entry(
                                "thirteen.auth.keys-file",
                                Files.writeString(Files.createTempFile("keys", ""), keys)
                                        .toString()),
                        Map.entry("thirteen.quotas.tenants.slow.requests-per-minute", "3"),
                        Map.entry("thirteen.quotas.tenants.lazy.requests-per-minute", "1"),
                        Map.entry("thirteen.quotas.tenants.terse.tokens-per-minute", "30"),
                        Map.entry("thirteen.quotas.tenants.half.queue-share", "0.5"),
                        Map.entry("thirteen.rollout.max-prompt-tokens", "50"),
                        Map.entry("thirteen.rollout.max-body-bytes", "4096"),
                        Map.entry("thirteen.rollout.max-held-body-bytes", "4096"),
                        Map.entry("thirteen.edge.max-adapter-bytes", "1024"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String line(String name, String role, String tenant) {
            String digest =
                    Digests.sha256(name.getBytes(StandardCharsets.UTF_8)).replace("sha256:", "");
            return "%s %s %s %s\n".formatted(name, role, digest, tenant);
        }
    }

    @TestHTTPResource
    URI root;

    @Inject
    Policies policies;

    @Inject
    AdapterDirectory directory;

    @Inject
    OpenAiBodies bodies;

    private final HttpClient http = HttpClient.newHttpClient();
    private Surroundings around;

    @BeforeEach
    void open() throws Exception {
        around = new Surroundings(policies);
    }

    @AfterEach
    void close() {
        around.close();
    }

    @Test
    void aTenantMeetsItsOwnAdaptersAlone() throws Exception {
        around.trainer.commit(around.named("acme.first", 1, around.adapter));
        around.trainer.commit(around.named("shared", 1, around.adapter));
        Surroundings.await(() -> directory.latest().size() >= 2);

        assertThat(names("ann")).contains("qwen2-tied:acme.first@1").doesNotContain("qwen2-tied:shared@1");
        assertThat(names("gus")).doesNotContain("acme.first").doesNotContain("shared");
        assertThat(names("boss")).contains("qwen2-tied:acme.first@1", "qwen2-tied:shared@1");
        Policy own = Policy.newBuilder().setName("acme.first@latest").build();
        assertThat(generate("ann", own, 3, 4).getProvenance().getPolicyVersion().getRun())
                .isEqualTo("acme.first");
        Status theirs = refused(() -> generate("gus", own, 3, 4));
        Status nobodys = refused(() ->
                generate("gus", Policy.newBuilder().setName("acme.none@latest").build(), 3, 4));
        assertThat(theirs.getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(theirs.getDescription()).isEqualTo(nobodys.getDescription().replace("none", "first"));
        assertThat(post("gus", "'model':'qwen2-tied:acme.first@1'").statusCode())
                .isEqualTo(404);
        assertThat(post("ann", "'model':'qwen2-tied:acme.first@1'").statusCode())
                .isEqualTo(200);
        assertThat(post("nobody", "'model':'qwen2-tied'").statusCode()).isEqualTo(401);
    }

    @Test
    void whoCallsTooOftenIsToldWhenToComeAgain() throws Exception {
        for (int i = 0; i < 2; i++) generate("tom", Policy.getDefaultInstance(), 3, 1);
        assertThat(post("tom", "'model':'qwen2-tied'").statusCode()).isEqualTo(200);
        Status full = refused(() -> generate("tom", Policy.getDefaultInstance(), 3, 1));
        assertThat(full.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(full.getDescription())
                .isEqualTo("tenant 'slow': it has used its 3 requests a minute (thirteen.quotas)");
        HttpResponse<String> answer = post("tom", "'model':'qwen2-tied'");
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(Integer.parseInt(answer.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 20);
        generate("ann", Policy.getDefaultInstance(), 3, 1);
    }

    /** As eval-service does: what the system asks for in a tenant's name counts as the tenant's. */
    @Test
    void anAdministratorsCallForATenantIsTheTenants() {
        Channel forLazy = Access.forTenant(around.channel, "lazy");
        generate(forLazy, "boss", Policy.getDefaultInstance(), 3, 1);
        Status full = refused(() -> generate(forLazy, "boss", Policy.getDefaultInstance(), 3, 1));
        assertThat(full.getDescription())
                .isEqualTo("tenant 'lazy': it has used its 1 requests a minute (thirteen.quotas)");
        generate("boss", Policy.getDefaultInstance(), 3, 1);
        Policy own = Policy.newBuilder().setName("acme.none@latest").build();
        assertThat(refused(() -> generate(Access.forTenant(around.channel, "globex"), "boss", own, 3, 1))
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        // Of anybody else it is no word.
        generate(Access.forTenant(around.channel, "lazy"), "ann", Policy.getDefaultInstance(), 3, 1);
    }

    @Test
    void tokensAreCountedAsTheyAreDrawn() {
        generate("tim", Policy.getDefaultInstance(), 3, 7);
        generate("tim", Policy.getDefaultInstance(), 3, 7);
        Status full = refused(() -> generate("tim", Policy.getDefaultInstance(), 3, 17));
        assertThat(full.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(full.getDescription())
                .isEqualTo("tenant 'terse': it has used its 30 tokens a minute (thirteen.quotas)");
    }

    @Test
    void whatIsTooLargeIsRefusedByName() throws Exception {
        Status prompt = refused(() -> generate("ann", Policy.getDefaultInstance(), 51, 1));
        assertThat(prompt.getDescription()).isEqualTo("prompt: has 51 tokens, at most 50 are taken");
        Adapter large = around.adapter.toBuilder()
                .setValues(ByteString.copyFrom(new byte[1026]))
                .build();
        Status adapter = refused(
                () -> generate("ann", Policy.newBuilder().setValue(large).build(), 3, 1));
        assertThat(adapter.getDescription())
                .isEqualTo("policy.value.values: has 1026 bytes, at most 1024 are taken in a message");
        assertThat(post("ann", "'model':'" + "x".repeat(5000) + "'").statusCode())
                .isEqualTo(413);
    }

    @Test
    void aBodyThatIsNotWholeLeavesOthersNoRoom() throws Exception {
        try (Socket _ = begun("ann", 4090)) {
            HttpResponse<String> full = post("gus", "'model':'qwen2-tied'");
            assertThat(full.statusCode()).isEqualTo(429);
            assertThat(full.headers().firstValue("Retry-After")).contains("1");
            assertThat(full.body()).contains("leave no room", "\"code\":\"rate_limit_exceeded\"");
        }
        Surroundings.await(() -> bodies.heldBytes() == 0);
        assertThat(post("gus", "'model':'qwen2-tied'").statusCode()).isEqualTo(200);
        assertThat(bodies.heldBytes()).isZero();
    }

    @Test
    void aTenantsBodiesLeaveOthersTheirs() throws Exception {
        try (Socket _ = begun("hal", 2040)) {
            HttpResponse<String> full = post("hal", "'model':'qwen2-tied'");
            assertThat(full.statusCode()).isEqualTo(429);
            assertThat(full.body()).contains("of its tenant leave no room", "(thirteen.quotas: queue-share)");
            assertThat(post("gus", "'model':'qwen2-tied'").statusCode()).isEqualTo(200);
        }
        Surroundings.await(() -> bodies.heldBytes() == 0);
        assertThat(post("hal", "'model':'qwen2-tied'").statusCode()).isEqualTo(200);
    }

    /** A body of which so much came. */
    private Socket begun(String key, int bytes) throws Exception {
        Socket client = new Socket(root.getHost(), root.getPort());
        String text =
                "POST /v1/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: 4096\r\n\r\n"
                                .formatted(root.getHost(), key)
                        + "x".repeat(bytes);
        client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        Surroundings.await(() -> bodies.heldBytes() == bytes);
        return client;
    }

    private String names(String key) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(root.resolve("/v1/models"))
                .header("Authorization", "Bearer " + key)
                .build();
        JsonNode list = new ObjectMapper()
                .readTree(
                        http.send(request, HttpResponse.BodyHandlers.ofString()).body());
        return list.path("data").findValuesAsText("id").toString();
    }

    private HttpResponse<String> post(String key, String fields) throws Exception {
        String body = "{" + fields + ",'prompt':[5,6,7],'max_tokens':2}";
        HttpRequest request = HttpRequest.newBuilder(root.resolve("/v1/completions"))
                .header("Authorization", "Bearer " + key)
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private GenerateResponse generate(String key, Policy policy, int promptTokens, int maxTokens) {
        return generate(around.channel, key, policy, promptTokens, maxTokens);
    }

    private static GenerateResponse generate(
            Channel channel, String key, Policy policy, int promptTokens, int maxTokens) {
        Metadata headers = new Metadata();
        headers.put(Access.AUTHORIZATION, "Bearer " + key);
        Tokens.Builder tokens = Tokens.newBuilder();
        for (int i = 0; i < promptTokens; i++) tokens.addIds(5 + i % 3);
        return GenerationServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .generate(GenerateRequest.newBuilder()
                        .setPolicy(policy)
                        .setPrompt(Prompt.newBuilder().setTokens(tokens))
                        .setSampling(Sampling.newBuilder().setMaxTokens(maxTokens))
                        .build());
    }

    private static Status refused(Supplier<GenerateResponse> call) {
        try {
            call.get();
        } catch (StatusRuntimeException e) {
            return e.getStatus();
        }
        throw new AssertionError("it is not refused");
    }
}
