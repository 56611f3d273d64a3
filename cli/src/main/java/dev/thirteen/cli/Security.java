package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How the command line shows who it is.
 *
 * @param credentials of every channel
 * @param host the name that a server's certificate must have, where it is not the one that is called
 * @param key sent with every call
 */
record Security(ChannelCredentials credentials, Optional<String> host, Optional<String> key) {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    /**
     * From {@code THIRTEEN_TLS}, a folder with ca.crt and, where servers ask for them, tls.crt and tls.key; {@code
     * THIRTEEN_TLS_HOST}; and {@code THIRTEEN_KEY_FILE} or {@code THIRTEEN_KEY}.
     *
     * @throws Failure CALLER when a file is missing or wrong
     */
    static Security of(Map<String, String> environment) {
        Optional<String> folder = given(environment, "THIRTEEN_TLS");
        Optional<String> keyFile = given(environment, "THIRTEEN_KEY_FILE");
        return new Security(
                folder.map(Path::of).map(Security::credentials).orElseGet(InsecureChannelCredentials::create),
                given(environment, "THIRTEEN_TLS_HOST"),
                keyFile.map(Path::of).map(Security::key).or(() -> given(environment, "THIRTEEN_KEY")));
    }

    private static Optional<String> given(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    private static ChannelCredentials credentials(Path folder) {
        try {
            TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder()
                    .trustManager(folder.resolve("ca.crt").toFile());
            Path certificate = folder.resolve("tls.crt");
            if (Files.exists(certificate)) {
                tls.keyManager(certificate.toFile(), folder.resolve("tls.key").toFile());
            }
            return tls.build();
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure(Failure.Kind.CALLER, "THIRTEEN_TLS: " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String key(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, "THIRTEEN_KEY_FILE: " + file + " cannot be read", e);
        }
    }

    /** Puts the key into the headers of a call. */
    void sign(Metadata headers) {
        key.ifPresent(value -> headers.put(AUTHORIZATION, "Bearer " + value));
    }
}
