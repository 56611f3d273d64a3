package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptTokenizerTest {
    private static final Path TINY = Path.of("../models/tiny-arithmetic");

    @TempDir
    private Path folder;

    @Test
    void itIsOpenedAgainOnlyWhenItsFilesChanged() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.copy(TINY.resolve("tokenizer.json"), file);
        List<Tokenizer> used = new ArrayList<>();
        try (KeptTokenizer kept = new KeptTokenizer()) {
            kept.use(folder, used::add);
            kept.use(folder, used::add);
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
            kept.use(folder, used::add);
            assertThat(used.get(1)).isSameAs(used.get(0));
            assertThat(used.get(2)).isNotSameAs(used.get(0));
            assertThat(used.get(2).encode("3+4", false)).hasSize(3);
            assertThatThrownBy(() -> used.get(0).encode("3+4", false)).hasMessageContaining("unloaded");
        }
    }

    @Test
    void aTemplateThatCameOrChangedIsTheOneThatCounts() throws IOException {
        Files.copy(TINY.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        List<Tokenizer> used = new ArrayList<>();
        try (KeptTokenizer kept = new KeptTokenizer()) {
            kept.use(folder, used::add);
            Files.writeString(folder.resolve("chat_template.jinja"), "3+4");
            kept.use(folder, used::add);
            assertThat(used.get(1).encodeChat(List.of(new Tokenizer.Turn("user", ""))))
                    .hasSize(3);
        }
    }

    @Test
    void aBrokenFileIsNamedAndTheNextUseTriesAgain() throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), "{");
        List<Tokenizer> used = new ArrayList<>();
        try (KeptTokenizer kept = new KeptTokenizer()) {
            assertThatThrownBy(() -> kept.use(folder, used::add))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("tokenizer.json");
            Files.copy(TINY.resolve("tokenizer.json"), file, StandardCopyOption.REPLACE_EXISTING);
            kept.use(folder, used::add);
        }
        assertThat(used).hasSize(1);
    }
}
