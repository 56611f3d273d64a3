package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.training.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
    private static final Path EXAMPLES = Path.of(System.getProperty("thirteen.home", ".."), "examples");

    @TempDir
    private Path folder;

    /**
     * Examples are read in a folder of their own, beside the data that comes with them, where the data that a person fetches is
     * stood in for.
     */
    private RunSpec read(Path example) throws IOException {
        Path copy = Files.copy(example, folder.resolve(example.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        Path data = Path.of("one-example.jsonl");
        Files.copy(EXAMPLES.resolve(data), folder.resolve(data), StandardCopyOption.REPLACE_EXISTING);
        Files.createDirectories(folder.resolve("data"));
        for (String name : List.of("gsm8k_train", "gsm8k_fit", "own", "solutions")) {
            Files.writeString(
                    folder.resolve("data").resolve(name + ".jsonl"),
                    "{\"id\":\"1\",\"question\":\"1+1?\",\"answer\":\"2\"}\n");
        }
        return RunFile.read(copy).spec();
    }

    @Test
    void runFilesOfKeptAdaptersAreStillTaken() throws IOException {
        List<Path> folders;
        try (Stream<Path> all = Files.list(EXAMPLES.resolve("adapters"))) {
            folders = all.filter(Files::isDirectory).toList();
        }
        assertThat(folders).hasSizeGreaterThanOrEqualTo(40);
        for (Path adapter : folders) {
            assertThat(read(adapter.resolve("run.yaml")).getName()).isEqualTo(String.valueOf(adapter.getFileName()));
        }
    }

    @Test
    void everyExampleIsARunFileNamedLikeItsRun() throws IOException {
        List<Path> examples;
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            examples = files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
        assertThat(examples).hasSizeGreaterThanOrEqualTo(3);
        for (Path example : examples) {
            assertThat(example).hasFileName(read(example).getName() + ".yaml");
        }
    }

    @Test
    void theDemoTrainsThirteenNumbersForSixtySteps() throws IOException {
        RunSpec spec = read(EXAMPLES.resolve("tiny-arithmetic.yaml"));

        assertThat(spec.getAdapter().getU()).isEqualTo(13);
        assertThat(spec.getAdapter().getTying()).isEqualTo(Tying.TYING_ALL);
        assertThat(spec.getSteps()).isEqualTo(60);
        assertThat(spec.getGroupsPerStep() * spec.getSamplesPerGroup()).isEqualTo(192);
        assertThat(spec.getEvaluation().getProblems()).isEqualTo(1024);
        assertThat(spec.getEvaluation().getDataSet().getGenerator().getSplit()).isEqualTo("test");
    }
}
