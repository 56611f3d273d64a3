package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code thirteen data check}, benchmarks and prompts; needs no service. */
class DataCheckTest {
    private static final Path HOME = Path.of(System.getProperty("thirteen.home", ".."));

    @TempDir
    private Path folder;

    private Invocation check(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "data";
        all[1] = "check";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Invocation.of(folder.resolve("none.json"), all);
    }

    @Test
    void everyBadRowIsNamedAndTheRestCounted() throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), """
                id,question,answer
                1,1+1?,2
                1,1+2?,3
                3,1+2?,three
                4,,5
                5,1+1?,2
                """);

        Invocation result = check(file.toString(), "--scorer", "numeric");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out().replace(folder + "/", "")).isEqualTo("""
                a.csv:3: the id '1' stands in a.csv:2 already
                a.csv:4: scorer numeric cannot read the field 'answer': the right answer is no number: three
                a.csv:5: the field 'question' must be text that is not empty, or a number
                a.csv:6: (remark) the question stands in a.csv:2 already
                data: 2 problems, 3 wrong rows, 1 remarks; longest question 4 characters (1)
                """);
        assertThat(check(file.toString(), "--output", "json").out())
                .startsWith("{\"file\":\"" + file + "\",\"line\":3,\"severity\":\"problem\",\"text\":\"the id '1'");
    }

    @Test
    void aRightAnswerThatWasCutOffIsWrongAndOneThatIsNoMathematicsARemark() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), """
                {"question": "1/2?", "answer": "\\\\frac{1}{2}"}
                {"question": "1/3?", "answer": "\\\\frac{1}{"}
                {"question": "Who?", "answer": "\\\\rac{1}{4}"}
                """);

        Invocation result = check(file.toString(), "--scorer", "math");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out().replace(folder + "/", "")).isEqualTo("""
                a.jsonl:2: scorer math cannot read the field 'answer': the right answer has braces that do not close: \\frac{1}{
                a.jsonl:3: (remark) scorer math compares the field 'answer' as text: it is no mathematics
                data: 2 problems, 1 wrong rows, 1 remarks; longest question 4 characters (0)
                """);
    }

    @Test
    void whatIsNotThereIsSaid() throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), "question,answer\n1+1?,2\n");

        assertThat(check(file.toString(), "--scorer", "maths"))
                .isEqualTo(new Invocation(
                        2, "", "thirteen: --scorer: must be one of exact, numeric, math, it is 'maths'\n"));
        assertThat(check(folder + "/b.csv").err()).endsWith("/b.csv: there is no such file or folder\n");
    }

    @Test
    void aFolderOfTheHubIsCheckedUnderItsOwnFields() {
        Path hub = Path.of("src/test/resources/data/hub");

        assertThat(check(hub.toString(), "--config", "main", "--split", "test", "--answer-after", "####"))
                .isEqualTo(new Invocation(
                        0,
                        "data: 3 problems in 2 files, 0 wrong rows, 0 remarks; longest question 19 characters (1)\n",
                        ""));
        assertThat(check(hub.toString(), "--config", "main", "--split", "test", "--answer-field", "level")
                        .out())
                .contains(
                        "test-00001-of-00002.parquet:1: the field 'level' must be text that is not empty, or a number");
        assertThat(check(
                                hub.toString(),
                                "--config",
                                "main",
                                "--split",
                                "test",
                                "--question-field",
                                "{question} {tests}")
                        .code())
                .isEqualTo(2);
        assertThat(check(hub.toString(), "--config", "main", "--split", "test", "--id-field", "uid")
                        .out())
                .contains("lacks the field 'uid' (it has: question, answer, tests, level)");
    }

    @Test
    void everyBenchmarkIsReadableAndItsPromptsAndSampleToo() {
        List<String> names = NamedPrompt.names(HOME, "benchmarks");

        assertThat(names)
                .contains(
                        "gsm8k", "math500", "aime24", "amc23", "minerva", "olympiadbench", "svamp", "humaneval", "mbpp")
                .contains("random-arithmetic");
        for (String name : names) {
            Benchmark benchmark = Benchmark.of(HOME, name);
            assertThat(benchmark.name()).isEqualTo(name);
            assertThat(benchmark.scorer()).isIn("numeric", "math", "code");
            benchmark.prompts().forEach(prompt -> NamedPrompt.of(HOME, prompt));
            if (benchmark.data().sample().isEmpty()) continue;
            Path sample = BenchmarkData.sample(benchmark);
            assertThat(ProblemFile.read(sample, benchmark.data().fields()).problems())
                    .isBetween(5, 10);
        }
        NamedPrompt.names(HOME, "prompts").forEach(name -> NamedPrompt.of(HOME, name));
    }

    @Test
    void theWholeBenchmarksHaveNoWrongRow() {
        assumeThat(HOME.resolve("../shared/data"))
                .as("the benchmarks themselves")
                .isDirectory();
        for (String name : NamedPrompt.names(HOME, "benchmarks")) {
            Invocation result = check(name);
            assertThat(result.code()).as(result.out()).isZero();
        }
    }
}
