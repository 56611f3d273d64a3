package dev.thirteen.engine;

import dev.thirteen.core.digest.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The name of a base model by content: SHA-256 over config.json and the weight files, in name order. Read once. */
final class ModelDigest {
    private final Path folder;
    private @Nullable String digest;

    ModelDigest(Path folder) {
        this.folder = folder;
    }

    /** It, read now unless somebody has: a second for a gigabyte, for which others wait. */
    synchronized String get() {
        String known = digest;
        if (known == null) {
            known = of(folder);
            digest = known;
        }
        return known;
    }

    static String of(Path folder) {
        List<Path> files = new ArrayList<>();
        files.add(folder.resolve("config.json"));
        files.addAll(Safetensors.weightFiles(folder));
        try {
            MessageDigest digest = Digests.start();
            for (Path file : files) {
                try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                    byte[] buffer = new byte[1 << 20];
                    while (in.read(buffer) >= 0) continue;
                }
            }
            return Digests.text(digest);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be read", e);
        }
    }
}
