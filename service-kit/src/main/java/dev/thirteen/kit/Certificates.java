package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A certificate, its key, and the authority that others must have theirs from: files of one folder, read again each minute,
 * so that a renewed certificate is used without a restart.
 */
public final class Certificates implements AutoCloseable {
    private static final int LOOK_SECONDS = 60;

    private final Path folder;
    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("certificates").factory());
    private final AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();

    /** Reads tls.crt and tls.key of the folder. @throws Failure CALLER when they are missing or wrong */
    public Certificates(Path folder) {
        this.folder = folder;
        try {
            own.updateIdentityCredentials(
                    folder.resolve("tls.crt").toFile(),
                    folder.resolve("tls.key").toFile(),
                    LOOK_SECONDS,
                    TimeUnit.SECONDS,
                    looking);
        } catch (IOException | GeneralSecurityException e) {
            throw wrong(e);
        }
    }

    /** For a server; a client shows a certificate where that is asked. */
    public SslContext server(boolean clientCertificates) {
        try {
            SslContextBuilder context = SslContextBuilder.forServer(own);
            if (clientCertificates) {
                context.trustManager(trust(Verification.CERTIFICATE_ONLY_VERIFICATION))
                        .clientAuth(ClientAuth.REQUIRE);
            }
            return GrpcSslContexts.configure(context, SslProvider.JDK).build();
        } catch (IOException | GeneralSecurityException e) {
            throw wrong(e);
        }
    }

    /** For a client, which shows its certificate and wants the server's to be for the name that it called. */
    public ChannelCredentials client() {
        try {
            return TlsChannelCredentials.newBuilder()
                    .keyManager(own)
                    .trustManager(trust(Verification.CERTIFICATE_AND_HOST_NAME_VERIFICATION))
                    .build();
        } catch (IOException | GeneralSecurityException e) {
            throw wrong(e);
        }
    }

    private AdvancedTlsX509TrustManager trust(Verification verification) throws IOException, GeneralSecurityException {
        AdvancedTlsX509TrustManager trust = AdvancedTlsX509TrustManager.newBuilder()
                .setVerification(verification)
                .build();
        trust.updateTrustCredentials(folder.resolve("ca.crt").toFile(), LOOK_SECONDS, TimeUnit.SECONDS, looking);
        return trust;
    }

    private Failure wrong(Exception cause) {
        return new Failure(
                Failure.Kind.CALLER,
                "thirteen.tls.folder: %s needs tls.crt, tls.key (PKCS 8) and ca.crt: %s"
                        .formatted(folder, cause.getMessage()),
                cause);
    }

    @Override
    public void close() {
        looking.shutdownNow();
    }
}
