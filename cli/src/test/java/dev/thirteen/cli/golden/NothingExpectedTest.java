package dev.thirteen.cli.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file that expects nothing checks nothing: it fails, whatever kind it is of. */
class NothingExpectedTest {
    private static final String MODEL = "models/llama-biases";

    @TempDir
    private Path folder;

    private final List<String> lines = new ArrayList<>();

    private void write(String path, String text) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            models/one/expected.json          | {}                | models/one  expected.json has no cases
            models/one/expected.json          | {"cases": []}     | models/one  expected.json has no cases
            adapters/one/expected.json        | {}                | adapters/one  expected.json has no inputs
            adapters/one/expected.json        | {"inputs": []}    | adapters/one  expected.json has no inputs
            svd/expected.json                 | {}                | svd/expected.json  has no cases
            svd/expected.json                 | {"cases": []}     | svd/expected.json  has no cases
            edge/expected.json                | {}                | edge/expected.json  has no files
            gradients/advantages.json         | {"groups": []}    | gradients/advantages.json  has no groups
            gradients/advantages.json         | {"groups": [{}]}  | gradients/advantages.json group 0  has no advantages
            gradients/advantages.json         | {}                | gradients/advantages.json  is of no known kind
            """)
    void theFileFails(String path, String text, String line) throws IOException {
        write(path, text);
        assertThat(GoldenFolder.check(folder, lines::add)).isEqualTo(new GoldenFolder.Result(0, 1));
        assertThat(lines).singleElement().asString().startsWith("FAIL  " + line);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"objective": {}, "samples": []}                                              | has no samples
            {"objective": {}, "samples": [{}]}                                            | has no expected.loss
            {"objective": {}, "samples": [{}], "expected": {"loss": 0}}                   | has no expected.logprobs
            {"objective": {}, "samples": [{}], "expected": {"loss": 0, "logprobs": [[]]}} | has no expected.gradient
            """)
    void aStepWithoutItsNumbersFails(String text, String reason) throws IOException {
        write("gradients/step.json", text);
        assertThat(GoldenFolder.check(folder, lines::add)).isEqualTo(new GoldenFolder.Result(0, 1));
        assertThat(lines).singleElement().asString().startsWith("FAIL  gradients/step.json  " + reason);
    }

    @Test
    void aMergedCheckpointFails() throws IOException {
        write("adapters/merged/config.json", "{}");
        write("adapters/merged/expected.json", "{}");
        assertThat(GoldenFolder.check(folder, lines::add)).isEqualTo(new GoldenFolder.Result(0, 1));
        assertThat(lines).singleElement().asString().startsWith("FAIL  adapters/merged  expected.json has no cases");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tokenizer_cases.json | {}                           | tokenizer_cases.json  has neither encode nor decode
            tokenizer_cases.json | {"encode": [], "decode": []} | tokenizer_cases.json  has neither encode nor decode
            tokenizer_cases.json | {"decode": [{"ids": [5]}]}   | tokenizer_cases.json decode 0  has no decoded
            chat_cases.json      | {}                           | chat_cases.json  has no cases
            chat_cases.json      | {"cases": []}                | chat_cases.json  has no cases
            chat_cases.json      | {"cases": [{}]}              | chat_cases.json 0  has neither text nor error
            """)
    void textsFailAndTheModelIsCheckedAllTheSame(String file, String text, String line) throws IOException {
        for (Path of : GoldenFolder.list(GoldenFolderTest.GOLDEN.resolve(MODEL))) {
            Path target = folder.resolve(MODEL).resolve(of.getFileName());
            Files.createDirectories(target.getParent());
            Files.copy(of, target);
        }
        write(MODEL + "/" + file, text);
        GoldenFolder.Result result = GoldenFolder.check(folder, lines::add);
        assertThat(result.failed()).isEqualTo(1);
        assertThat(result.passed()).isEqualTo(4);
        assertThat(lines).anyMatch(one -> one.startsWith("FAIL  " + MODEL + "/" + line));
    }
}
