package dev.thirteen.kit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
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
        KEYS
    }

    /** anonymous or keys. */
    @WithDefault("anonymous")
    Mode mode();

    /** File of the keys that are known, see {@link ApiKeys}; needed with mode keys. It is read when the service starts. */
    Optional<Path> keysFile();

    /** File with the key that this service sends to others. */
    Optional<Path> ownKeyFile();
}
