package dev.thirteen.kit;

import dev.thirteen.core.digest.Digests;
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
 * The keys that are known, by their digests: who reads the file cannot call. A line holds {@code NAME ROLE SHA256 TENANT}, the
 * digest in hexadecimal, as {@code printf %s KEY | sha256sum} prints it, and the tenant where there is one; empty lines and
 * those with # say nothing.
 */
final class ApiKeys {
    private static final String WORD = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
    private static final Pattern LINE =
            Pattern.compile("(" + WORD + ")\\s+(infer|train|admin)\\s+([0-9a-f]{64})(?:\\s+(" + WORD + "))?");

    private final Map<String, Caller> byDigest;

    private ApiKeys(Map<String, Caller> byDigest) {
        this.byDigest = Map.copyOf(byDigest);
    }

    /** Reads a file. @throws Failure CALLER with the line that is wrong */
    static ApiKeys read(Path file) {
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
                        Failure.Kind.CALLER,
                        "%s:%d: a line is NAME infer|train|admin SHA256, and TENANT where there is one"
                                .formatted(source, i + 1));
            }
            Caller.Role role = Caller.Role.valueOf(parts.group(2).toUpperCase(Locale.ROOT));
            String tenant = parts.group(4) == null ? "" : parts.group(4);
            keys.put(parts.group(3), new Caller(parts.group(1), role, tenant));
        }
        return new ApiKeys(keys);
    }

    /** The caller who has the key. */
    Optional<Caller> caller(String key) {
        // Found by digest: how long it takes tells nothing about the key.
        String digest = Digests.sha256(key.getBytes(StandardCharsets.UTF_8));
        return Optional.ofNullable(byDigest.get(digest.replace("sha256:", "")));
    }
}
