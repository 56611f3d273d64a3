package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportsTest {
    @TempDir
    Path folder;

    @Test
    void filesInFoldersGoToo() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.createDirectory(folder.resolve("empty"));
        Files.writeString(Files.createDirectory(folder.resolve("more")).resolve("a.jinja"), "a");

        assertThat(Exports.files(folder)).containsExactly(Path.of("config.json"), Path.of("more", "a.jinja"));
    }
}
