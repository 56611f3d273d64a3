package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.NotBlank;
import java.nio.file.Path;
import java.util.Optional;

/** Who may call a service. */
@ConfigMapping(prefix = "thirteen.auth")
public interface AuthSettings {
    /** How callers are told apart. */
    enum Mode {
        /** Not at all: whoever reaches a port may use it. */
        ANONYMOUS,
        /** By a key in {@code authorization: Bearer KEY}. */
        KEYS,
        /** By a token of an OpenID provider in {@code authorization: Bearer TOKEN}, or by a key where there is a file of them. */
        TOKENS
    }

    /** anonymous, keys or tokens. */
    @WithDefault("anonymous")
    Mode mode();

    /** File of the keys that are known, see {@link ApiKeys}; needed with mode keys. It is read when the service starts. */
    Optional<Path> keysFile();

    /** File with the key that this service sends to others. */
    Optional<Path> ownKeyFile();

    /** What tokens must be. */
    Jwt jwt();

    /** A JSON Web Token (RFC 7519), signed with an asymmetric key. */
    interface Jwt {
        /** Who makes the tokens, the claim iss; needed with mode tokens. Its keys are found by OpenID discovery. */
        Optional<String> issuer();

        /** For whom they are made, one of the claim aud; any where it is not set. */
        Optional<String> audience();

        /** The issuer's keys (JWKS) as an address or a file, where they are not to be discovered. */
        Optional<String> jwks();

        /** File with the certificates of the authority that the provider has its own from, PEM; those of the JDK by default. */
        Optional<Path> ca();

        /** Claim with the roles, a text or an array of them; dots lead into objects: realm_access.roles. */
        @WithDefault("roles")
        @NotBlank
        String roleClaim();

        /** What stands before infer, train and admin in that claim. */
        Optional<String> rolePrefix();

        /** Claim with the tenant; a token without it belongs to no tenant. */
        @WithDefault("tenant")
        @NotBlank
        String tenantClaim();
    }
}
