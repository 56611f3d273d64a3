package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates and keys on a real port. */
class EdgeTest {
    private static final String SECRET = "a key that nobody guesses";
    private static final long LIMIT_SECONDS = 30;

    @TempDir
    private Path folder;

    @Test
    void aCallNeedsACertificateOfTheAuthorityAndTheRightHost() throws Exception {
        TestAuthority authority = new TestAuthority(folder);
        TestAuthority stranger = new TestAuthority(Files.createDirectories(folder.resolve("stranger")));
        Path server = authority.issue(folder.resolve("server"), "localhost");
        Path other = authority.issue(folder.resolve("other"), "elsewhere.example");
        Path foreign = stranger.issue(folder.resolve("foreign"), "localhost");
        try (Certificates ours = new Certificates(server);
                Certificates misnamed = new Certificates(other);
                Certificates theirs = new Certificates(foreign)) {
            Server right = start(NettyServerBuilder.forAddress(loopback()).sslContext(ours.server(true)));
            Server wrong = start(NettyServerBuilder.forAddress(loopback()).sslContext(misnamed.server(true)));
            try {
                assertThat(health(right, misnamed.client())).isEqualTo(Status.Code.OK);
                assertThat(health(right, theirs.client())).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(health(right, InsecureChannelCredentials.create())).isEqualTo(Status.Code.UNAVAILABLE);
                ChannelCredentials without = TlsChannelCredentials.newBuilder()
                        .trustManager(server.resolve("ca.crt").toFile())
                        .build();
                assertThat(health(right, without)).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(health(wrong, ours.client())).isEqualTo(Status.Code.UNAVAILABLE);
            } finally {
                right.shutdownNow();
                wrong.shutdownNow();
            }
        }
    }

    @Test
    void aFolderWithoutCertificatesIsRefusedByName() {
        assertThatThrownBy(() -> new Certificates(folder))
                .isInstanceOf(Failure.class)
                .hasMessageStartingWith(
                        "thirteen.tls.folder: " + folder + " needs tls.crt, tls.key (PKCS 8) and ca.crt");
    }

    @Test
    void aKeyLetsInWhomItsRoleCovers() throws Exception {
        Access access = access("reader infer " + digest());
        assertThat(access.enter("Bearer " + SECRET, Caller.Role.INFER))
                .isEqualTo(new Caller("reader", Caller.Role.INFER, ""));
        assertThatThrownBy(() -> access.enter("Bearer " + SECRET, Caller.Role.TRAIN))
                .hasMessage("'reader' has the role infer, this needs train")
                .satisfies(thrown -> assertThat(((Failure) thrown).kind()).isEqualTo(Failure.Kind.FORBIDDEN));
        for (String wrong : Arrays.asList("Bearer guess", SECRET, "Basic " + SECRET, null)) {
            assertThatThrownBy(() -> access.enter(wrong, Caller.Role.INFER))
                    .satisfies(thrown -> assertThat(((Failure) thrown).kind()).isEqualTo(Failure.Kind.UNKNOWN_CALLER));
        }
        assertThat(access("boss admin " + digest())
                        .enter("Bearer " + SECRET, Caller.Role.TRAIN)
                        .admin())
                .isTrue();
        assertThat(access("reader infer " + digest() + " acme")
                        .enter("Bearer " + SECRET, Caller.Role.INFER)
                        .tenant())
                .isEqualTo("acme");
    }

    @Test
    void probesNeedNoKeyAndReflectionDoes() throws Exception {
        Server server = start(
                NettyServerBuilder.forAddress(loopback()).intercept(access("# people\n\nreader infer " + digest())));
        try {
            assertThat(health(server, InsecureChannelCredentials.create())).isEqualTo(Status.Code.OK);
            assertThat(reflection(server, "Bearer " + SECRET)).isEqualTo(Status.Code.OK);
            assertThat(reflection(server, "Bearer guess")).isEqualTo(Status.Code.UNAUTHENTICATED);
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void aWrongLineOfTheKeysIsNamed() {
        assertThatThrownBy(() -> access("reader infer " + digest() + "\nwriter root " + digest()))
                .isInstanceOf(Failure.class)
                .hasMessageEndingWith("keys:2: a line is NAME infer|train|admin SHA256, and TENANT where there is one");
    }

    private static String digest() {
        return Digests.sha256(SECRET.getBytes()).substring("sha256:".length());
    }

    private Access access(String lines) throws Exception {
        Path keys = Files.writeString(folder.resolve("keys"), lines);
        Map<String, String> settings = Map.of("thirteen.auth.mode", "keys", "thirteen.auth.keys-file", keys.toString());
        return new Access(
                Settings.of(AuthSettings.class, settings), new Quotas(Settings.of(QuotaSettings.class, Map.of())));
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static Server start(NettyServerBuilder builder) throws Exception {
        HealthStatusManager health = new HealthStatusManager();
        health.setStatus("", ServingStatus.SERVING);
        return builder.addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .build()
                .start();
    }

    private static Status.Code health(Server server, ChannelCredentials credentials) {
        ManagedChannel channel = Grpc.newChannelBuilder("localhost:" + server.getPort(), credentials)
                .build();
        try {
            HealthGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .check(HealthCheckRequest.getDefaultInstance());
            return Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        } finally {
            channel.shutdownNow();
        }
    }

    private static Status.Code reflection(Server server, String authorization) throws Exception {
        Metadata headers = new Metadata();
        headers.put(Access.AUTHORIZATION, authorization);
        ManagedChannel channel = Grpc.newChannelBuilder(
                        "localhost:" + server.getPort(), InsecureChannelCredentials.create())
                .build();
        CompletableFuture<Status.Code> code = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> ask = ServerReflectionGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                        code.complete(Status.Code.OK);
                    }

                    @Override
                    public void onError(Throwable thrown) {
                        code.complete(Status.fromThrowable(thrown).getCode());
                    }

                    @Override
                    public void onCompleted() {
                        code.complete(Status.Code.OK);
                    }
                });
        try {
            ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
            return code.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } finally {
            channel.shutdownNow();
        }
    }
}
