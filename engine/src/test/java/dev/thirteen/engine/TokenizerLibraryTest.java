package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.util.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerLibraryTest {
    /** DJL on a machine with a GPU leaves its library in a folder of the GPU's architecture, below that of the processor's. */
    @Test
    void aProcessWithoutAGpuFindsTheLibraryAfterOneWithAGpu(@TempDir Path cache) throws Exception {
        Path folder = folder(cache);
        Files.createDirectories(folder.resolve("90"));
        assertThat(tokens(cache)).isEqualTo("[known]");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    /** The root of an image cannot be written, and has the library. */
    @Test
    void nothingIsWrittenWhereTheLibraryIsUnpacked(@TempDir Path cache) throws Exception {
        assertThat(tokens(cache)).isEqualTo("[known]");
        Path folder = folder(cache);
        var before = Files.getLastModifiedTime(folder);
        assertThat(tokens(cache)).isEqualTo("[known]");
        assertThat(Files.getLastModifiedTime(folder)).isEqualTo(before);
    }

    private static Path folder(Path cache) {
        Platform platform = Platform.detectPlatform("tokenizers");
        return cache.resolve("tokenizers").resolve(platform.getVersion() + "-cpu-" + platform.getClassifier());
    }

    private static String tokens(Path cache) throws IOException {
        ProcessBuilder builder = ChildJvm.of(Reader.class).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("ENGINE_CACHE_DIR", cache.toString());
        return new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    /** Prints that it knows a model's tokens. */
    static final class Reader {
        private Reader() {}

        public static void main(String[] arguments) {
            try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model("qwen2-tied"))) {
                System.out.println(tokenizer.encode("a", false).length == 1 ? "[known]" : "[unknown]");
            }
        }
    }
}
