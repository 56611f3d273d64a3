package dev.thirteen.engine;

import ai.djl.util.Platform;
import ai.djl.util.Utils;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The native library of Hugging Face's tokenizers, the build for processors, in the folder where DJL keeps it. Left to itself DJL
 * looks in a folder below that one where it sees a GPU: it then misses what an image has unpacked, cannot write into its root,
 * and once it has made that folder no process without a GPU finds a library any more.
 */
final class TokenizerLibrary {
    /** The library's file, as DJL is told of it. */
    private static final String PATH = "RUST_LIBRARY_PATH";

    private TokenizerLibrary() {}

    /**
     * Tells DJL which file to load, unless somebody has.
     *
     * @throws Failure OUTSIDE if it cannot be unpacked
     */
    static void locate() {
        if (Utils.getEnvOrSystemProperty(PATH) != null) return;
        Platform platform = Platform.detectPlatform("tokenizers");
        String folder = platform.getVersion() + "-cpu-" + platform.getClassifier();
        Path file = Utils.getEngineCacheDir("tokenizers").resolve(folder).resolve(System.mapLibraryName("tokenizers"));
        if (!Files.exists(file)) {
            unpack("native/lib/" + platform.getClassifier() + "/cpu/" + file.getFileName(), file);
        }
        System.setProperty(PATH, file.toAbsolutePath().toString());
    }

    /** At once whole, since other processes may do the same. */
    private static void unpack(String resource, Path file) {
        try (InputStream library = TokenizerLibrary.class.getClassLoader().getResourceAsStream(resource)) {
            if (library == null) throw new IOException("there is none for this platform: " + resource);
            Files.createDirectories(file.getParent());
            Path part = Files.createTempFile(file.getParent(), "tokenizers", ".part");
            Files.copy(library, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "the library of tokenizers cannot be unpacked to %s (%s); DJL_CACHE_DIR names another folder for it"
                            .formatted(file, e),
                    e);
        }
    }
}
