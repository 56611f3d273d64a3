package dev.thirteen.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFormatTest {
    /** Written by pyarrow, see its README.md. */
    private static final Path HUB = Path.of("src/test/resources/data/hub");

    @TempDir
    private Path folder;

    /** Rows and complaints as text, in their order. */
    private static List<String> read(Path file) {
        List<String> seen = new ArrayList<>();
        DataFormat.read(file, new RowSink() {
            @Override
            public void row(Path in, int line, ObjectNode fields) {
                seen.add(line + " " + fields);
            }

            @Override
            public void problem(Path in, int line, String text) {
                seen.add(line + " ! " + text);
            }

            @Override
            public boolean more() {
                return true;
            }
        });
        return seen;
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void commasQuotesAndLineBreaksAreThoseOfRfc4180() throws IOException {
        assertThat(read(write(
                        "a.csv",
                        "\uFEFFid,question,answer\r\n1,\"1,000 + \"\"1\"\"?\r\nplease\",1001\n\n2,x\n3,y,4\n")))
                .containsExactly(
                        "2 {\"id\":\"1\",\"question\":\"1,000 + \\\"1\\\"?\\r\\nplease\",\"answer\":\"1001\"}",
                        "5 ! has 2 values where the header names 3 (a value with separators or line breaks needs quotes)",
                        "6 {\"id\":\"3\",\"question\":\"y\",\"answer\":\"4\"}");
        assertThat(read(write("a.tsv", "id\tquestion\n1\ta, b\n")))
                .containsExactly("2 {\"id\":\"1\",\"question\":\"a, b\"}");
        assertThat(read(write("twice.csv", "id,id\n")))
                .containsExactly("1 ! the field 'id' stands twice in the header");
    }

    @Test
    void eachBadJsonLineIsNamed() throws IOException {
        List<String> seen =
                read(write("a.jsonl", "\uFEFF{\"a\": 1}\n\n[1]\n{\"a\": 1, \"a\": 2}\n{\"a\": 1} {}\n{\"a\"\n"));

        assertThat(seen).hasSize(5).startsWith("1 {\"a\":1}", "3 ! is no JSON object");
        assertThat(seen.get(2)).startsWith("4 ! is no JSON object (Duplicate");
        assertThat(seen.get(3)).isEqualTo("5 ! is no JSON object (there is more behind the first value)");
        assertThat(seen.get(4)).startsWith("6 ! is no JSON object (");
    }

    @Test
    void aBadJsonLineNamesNothingOfTheParser() throws IOException {
        String deep = "[".repeat(1001) + "]".repeat(1001);
        assertThat(read(write("a.jsonl", "{\n{\"a\": NaN}\n{\"a\": " + deep + "}\n")))
                .containsExactly(
                        "1 ! is no JSON object (Unexpected end-of-input: expected close marker for Object)",
                        "2 ! is no JSON object (Non-standard token 'NaN')",
                        "3 ! is no JSON object (Document nesting depth (1001) exceeds the maximum allowed (1000))");
    }

    @Test
    void packedTextIsUnpacked() throws IOException {
        Path file = folder.resolve("a.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("id\n7\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(read(file)).containsExactly("2 {\"id\":\"7\"}");
    }

    @Test
    void aFileThatIsNoneOfItsFormatIsRefused() throws IOException {
        Path latin = Files.write(folder.resolve("latin.csv"), new byte[] {'a', '\n', (byte) 0xE4, '\n'});
        assertThatThrownBy(() -> read(latin))
                .isInstanceOf(Failure.class)
                .hasMessageEndingWith("latin.csv: is no UTF-8 text");
        Path fake = write("fake.parquet", "id,question\nmuch too little of a file");
        assertThatThrownBy(() -> read(fake)).isInstanceOf(Failure.class).hasMessageContaining("fake.parquet: ");
        assertThatThrownBy(() -> read(folder.resolve("gone.jsonl")))
                .isInstanceOf(Failure.class)
                .hasMessageEndingWith("gone.jsonl: there is no such file");
    }

    @Test
    void parquetIsReadWhateverItsCompression() {
        assertThat(read(HUB.resolve("main/test-00000-of-00002.parquet")))
                .containsExactly(
                        "1 {\"question\":\"2+2?\",\"answer\":\"so\\n#### 4\",\"tests\":[\"assert 1\",\"assert 2\"],\"level\":1}",
                        "2 {\"question\":\"Wie spät ist es, ½?\",\"answer\":\"#### 12:00\",\"tests\":[],\"level\":2}");
        assertThat(read(HUB.resolve("main/test-00001-of-00002.parquet")))
                .containsExactly(
                        "1 {\"question\":\"3*3?\",\"answer\":\"nine\\n#### 9\",\"tests\":null,\"level\":null}");
        assertThat(read(HUB.resolve("main/train-00000-of-00001.parquet"))).hasSize(1);
        assertThat(read(HUB.resolve("socratic/test-00000-of-00001.parquet"))).hasSize(3);
    }

    @Test
    void theCardOfAFolderNamesConfigurationsAndSplits() {
        assertThat(HubFolder.files(HUB, "main", "test"))
                .containsExactly(
                        HUB.resolve("main/test-00000-of-00002.parquet"),
                        HUB.resolve("main/test-00001-of-00002.parquet"));
        assertThat(HubFolder.files(HUB, "socratic", "")).hasSize(1);
        assertThatThrownBy(() -> HubFolder.files(HUB, "", "test"))
                .hasMessageEndingWith("hub: has several configurations: say one of main, socratic");
        assertThatThrownBy(() -> HubFolder.files(HUB, "easy", "test"))
                .hasMessageEndingWith("hub: has no configuration 'easy': say one of main, socratic");
        assertThatThrownBy(() -> HubFolder.files(HUB, "main", "dev"))
                .hasMessageEndingWith("hub: has no split 'dev': say one of train, test");
        assertThatThrownBy(() -> HubFolder.files(HUB, "main", ""))
                .hasMessageEndingWith("hub: has several splits: say one of train, test");
    }

    @Test
    void withoutACardTheNamesOfFilesTellTheSplit() throws IOException {
        assertThatThrownBy(() -> HubFolder.files(folder, "", "")).hasMessageContaining("holds no data file");
        Files.createDirectories(folder.resolve("data/dev"));
        write("data/train-0.csv", "");
        write("data/latest.csv", "");
        write("data/dev/part.jsonl", "");

        assertThat(HubFolder.files(folder, "", "train")).containsExactly(folder.resolve("data/train-0.csv"));
        assertThat(HubFolder.files(folder, "", "validation")).containsExactly(folder.resolve("data/dev/part.jsonl"));
        assertThatThrownBy(() -> HubFolder.files(folder, "", "test"))
                .hasMessageContaining("has no split 'test': say one of train, validation");
        Files.delete(folder.resolve("data/train-0.csv"));
        Files.delete(folder.resolve("data/dev/part.jsonl"));
        assertThat(HubFolder.files(folder, "", "")).containsExactly(folder.resolve("data/latest.csv"));
    }
}
