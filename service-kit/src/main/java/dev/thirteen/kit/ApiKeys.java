package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keys that are known, by their digests: who reads the file cannot call. A line holds {@code NAME ROLE SHA256}, the
 * digest in hexadecimal, as {@code printf %s KEY | sha256sum} prints it; empty lines and those with # say nothing.
 */
public final class ApiKeys {
    private static final Pattern LINE =
            Pattern.compile("([a-z0-9][-a-z0-9]{0,62})\\s+(infer|train|admin)\\s+([0-9a-f]{64})");
    private static final String SCHEME = "Bearer ";

    private final Map<String, Caller> byDigest;

    private ApiKeys(Map<String, Caller> byDigest) {
        this.byDigest = Map.copyOf(byDigest);
    }

    /** What a caller may do; each role may do what those before it may. */
    public enum Role {
        /** Generate, score, read. */
        INFER,
        /** Make and steer runs, import adapters, evaluate. */
        TRAIN,
        /** Everything. */
        ADMIN;

        /** Whether this role is enough. */
        public boolean covers(Role needed) {
            return compareTo(needed) >= 0;
        }
    }

    /** Who calls. */
    public record Caller(String name, Role role) {}

    /** Reads a file. @throws Failure CALLER with the line that is wrong */
    public static ApiKeys read(Path file) {
        try {
            return parse(file.toString(), Files.readAllLines(file));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, "thirteen.auth.keys-file: " + file + " cannot be read: " + e, e);
        }
    }

    static ApiKeys parse(String source, List<String> lines) {
        Map<String, Caller> keys = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) continue;
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new Failure(
                        Failure.Kind.CALLER, "%s:%d: a line is NAME infer|train|admin SHA256".formatted(source, i + 1));
            }
            Role role = Role.valueOf(parts.group(2).toUpperCase(Locale.ROOT));
            keys.put(parts.group(3), new Caller(parts.group(1), role));
        }
        return new ApiKeys(keys);
    }

    /** The caller whose key an authorization header holds. */
    public Optional<Caller> caller(String authorization) {
        if (!authorization.startsWith(SCHEME)) return Optional.empty();
        // Found by digest: how long it takes tells nothing about the key.
        byte[] key = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        return Optional.ofNullable(byDigest.get(Digests.sha256(key).replace("sha256:", "")));
    }
}
