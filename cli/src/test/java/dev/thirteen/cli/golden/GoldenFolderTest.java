package dev.thirteen.cli.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is right passes, what is wrong fails, and nothing is left out silently. */
class GoldenFolderTest {
    static final Path GOLDEN = Path.of("../engine/src/test/resources/golden");
    private static final Path ALL = Path.of("../../shared/golden");

    @TempDir
    private Path folder;

    private final List<String> lines = new ArrayList<>();

    private GoldenFolder.Result check() {
        return GoldenFolder.check(folder, lines::add);
    }

    private void copy(String path) throws IOException {
        Path target = folder.resolve(path);
        Files.createDirectories(target);
        try (Stream<Path> files = Files.list(GOLDEN.resolve(path))) {
            for (Path file : files.toList()) Files.write(target.resolve(file.getFileName()), Files.readAllBytes(file));
        }
    }

    @Test
    void modelsAndDecompositionsPass() throws IOException {
        copy("models/llama-biases");
        copy("svd");
        GoldenFolder.Result result = check();
        assertThat(result.failed()).as(lines.toString()).isZero();
        assertThat(lines)
                .anyMatch(line -> line.matches("pass  models/llama-biases len40 logits  distance .* bound 3.0e-04"));
        assertThat(result.passed()).isEqualTo(lines.size()).isGreaterThan(15);
    }

    @Test
    void aWrongNumberFails() throws IOException {
        copy("models/llama-biases");
        Path expected = folder.resolve("models/llama-biases/expected.json");
        String text = Files.readString(expected);
        Files.writeString(expected, text.replaceFirst("\"last_logits\": \\[(-?)(\\d)", "\"last_logits\": [$13$2"));
        assertThat(check().failed()).isEqualTo(1);
        assertThat(lines).anyMatch(line -> line.startsWith("FAIL  models/llama-biases len5 logits"));
    }

    @Test
    void whatIsOfNoKnownKindFails() throws IOException {
        Files.createDirectories(folder.resolve("models/empty"));
        Files.createDirectories(folder.resolve("surprise"));
        Files.writeString(folder.resolve("notes.txt"), "");
        Files.writeString(folder.resolve("README.md"), "");
        assertThat(check().failed()).isEqualTo(3);
        assertThat(lines)
                .containsExactly(
                        "FAIL  models/empty  expected.json is missing",
                        "FAIL  notes.txt  is of no known kind",
                        "FAIL  surprise  is of no known kind");
    }

    @Test
    void malformedFilesPassWhenTheyAreRefused() throws IOException {
        Path edge = Files.createDirectories(folder.resolve("edge/malformed"));
        Files.writeString(folder.resolve("edge/expected.json"), "{\"files\": []}");
        Files.write(edge.resolve("short.safetensors"), new byte[] {1, 2, 3});
        Files.write(edge.resolve("fine.safetensors"), new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
        // A note is no case, and what nobody knows is none that passes.
        Files.writeString(edge.resolve("README.md"), "# Malformed files");
        Files.writeString(edge.resolve("expected.json"), "{\"short.safetensors\": \"no header\"}");
        Files.writeString(edge.resolve("other.txt"), "");
        assertThat(check()).isEqualTo(new GoldenFolder.Result(1, 2));
        assertThat(lines)
                .contains(
                        "FAIL  edge/malformed/fine.safetensors  is malformed and was read",
                        "FAIL  edge/malformed/other.txt  is of no known kind");
    }

    /** Without its base nobody can say whether an adapter is refused for what is wrong with it. */
    @Test
    void aMalformedAdapterPassesForWhatIsWrongWithItAlone() throws IOException {
        copy("adapters/tinylora-u13-tied");
        Path adapter = folder.resolve("edge/malformed/adapter");
        Files.createDirectories(adapter.getParent());
        Files.writeString(folder.resolve("edge/expected.json"), "{\"files\": []}");
        Files.move(folder.resolve("adapters/tinylora-u13-tied"), adapter);
        Files.delete(folder.resolve("adapters"));
        Path config = adapter.resolve("adapter_config.json");
        Files.writeString(config, Files.readString(config).replace("\"u\": 13", "\"u\": 14"));
        assertThat(check()).isEqualTo(new GoldenFolder.Result(0, 1));
        assertThat(lines).singleElement().asString().contains("there is no model folder");

        lines.clear();
        copy("models/qwen2-tied");
        check();
        assertThat(lines).anyMatch(line -> line.startsWith("pass  edge/malformed/adapter  refused: "));
    }

    /** Tokenizers are a part like another: ids go in and out without. Whoever loads such a model to serve it is refused. */
    @Test
    void aModelWithoutTokenizerIsCheckedByItsIds() throws IOException {
        copy("models/qwen2-tied");
        Path model = folder.resolve("models/qwen2-tied");
        for (String part :
                List.of("tokenizer.json", "tokenizer_config.json", "tokenizer_cases.json", "chat_cases.json")) {
            Files.delete(model.resolve(part));
        }
        assertThat(check().failed()).as(lines.toString()).isZero();
        assertThat(lines)
                .anyMatch(line -> line.startsWith("pass  models/qwen2-tied len60 logits"))
                .anyMatch(line -> line.startsWith("pass  models/qwen2-tied len60 greedy, first stop"));

        lines.clear();
        Files.createDirectories(folder.resolve("edge/malformed"));
        Files.writeString(folder.resolve("edge/expected.json"), "{\"files\": []}");
        Files.move(model, folder.resolve("edge/malformed/model"));
        assertThat(check()).isEqualTo(new GoldenFolder.Result(1, 0));
        assertThat(lines).singleElement().asString().endsWith("tokenizer.json is missing");
    }

    @Test
    void anAdapterWithoutUpdatesIsCheckedByItsInputs() throws IOException {
        copy("models/qwen2-tied");
        copy("adapters/tinylora-u13-tied");
        Path expected = folder.resolve("adapters/tinylora-u13-tied/expected.json");
        Files.writeString(expected, Files.readString(expected).replace("\"delta_w\"", "\"other\""));
        assertThat(check().failed()).as(lines.toString()).isZero();
        assertThat(lines)
                .anyMatch(line -> line.startsWith("pass  adapters/tinylora-u13-tied len60 logits"))
                .noneMatch(line -> line.contains("ΔW"));
    }

    /** One of 40 tokens, where a model takes 39. */
    @Test
    void anInputThatIsTooLongFailsAlone() throws IOException {
        copy("models/llama-biases");
        Path config = folder.resolve("models/llama-biases/config.json");
        String text = Files.readString(config);
        Files.writeString(
                config, text.replaceFirst("\"max_position_embeddings\": \\d+", "\"max_position_embeddings\": 39"));
        assertThat(check().failed()).isPositive();
        assertThat(lines).anyMatch(line -> line.startsWith("pass  models/llama-biases len5 logits"));
        assertThat(lines.stream().filter(line -> line.startsWith("FAIL")))
                .allMatch(line -> line.startsWith("FAIL  models/llama-biases len40"));
    }

    @Test
    void allOfTheReferencePassesWhereItIs() {
        Assumptions.assumeTrue(Files.isDirectory(ALL), ALL + " is absent");
        GoldenFolder.Result result = GoldenFolder.check(ALL, lines::add);
        assertThat(lines.stream().filter(line -> line.startsWith("FAIL"))).isEmpty();
        assertThat(result.passed()).isGreaterThan(1000);
    }
}
