package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** Certificates of a service's gRPC port, and of its calls to other services. */
@ConfigMapping(prefix = "thirteen.tls")
public interface TlsSettings {
    /**
     * Folder with tls.crt, tls.key and ca.crt, PEM, as a Secret of type kubernetes.io/tls has them. Without it everything is
     * sent in the clear. They are read again when they change.
     */
    Optional<Path> folder();

    /** Whether a client must have a certificate of ca.crt. */
    @WithDefault("true")
    boolean clientCertificates();
}
