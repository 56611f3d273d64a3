package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PromptVariant;
import dev.thirteen.proto.policy.v1.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code thirteen eval} against services on a real socket. */
class EvaluationCommandsTest {
    @TempDir
    private Path folder;

    private FakeServices services;
    private Path endpoints;

    @BeforeEach
    void startServices() throws IOException {
        services = new FakeServices();
        endpoints = services.endpoints(folder);
    }

    @AfterEach
    void stopServices() throws InterruptedException {
        services.close();
    }

    private Invocation thirteen(String... arguments) {
        return Invocation.of(endpoints, arguments);
    }

    private String write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void aBenchmarkBringsItsProblemsPromptsAndDecoding() {
        Invocation result = thirteen("eval", "run", "-a", "tiny@3", "--benchmark", "gsm8k", "--sample");

        assertThat(result.code()).isZero();
        EvaluationSpec spec = services.evaluation.specs.getFirst();
        assertThat(spec.getBenchmark()).isEqualTo("gsm8k");
        assertThat(spec.getSplit()).isEqualTo("test");
        assertThat(spec.getPromptName()).isEqualTo("qwen-boxed");
        assertThat(spec.getPrompt().getSystem()).contains("\\boxed{}");
        assertThat(spec.getReward().getScorer()).isEqualTo("numeric");
        assertThat(spec.getReward().getExtraction()).isEqualTo("boxed");
        assertThat(spec.getBasePromptsList())
                .extracting(PromptVariant::getLabel)
                .containsExactly("base, prompt gsm8k-hash", "base, prompt gsm8k-4shot", "base, prompt plain");
        PromptVariant shots = spec.getBasePrompts(1);
        assertThat(shots.getPrompt().getUser())
                .startsWith("Question: Natalia sold")
                .endsWith("#### 42\n\nQuestion: {question}\nAnswer:");
        assertThat(shots.getStopList()).containsExactly("\n\nQuestion:");
        assertThat(spec.getDecodingsList())
                .extracting(Sampling::getTemperature, Sampling::getMaxTokens)
                .containsExactly(tuple(0f, 1024));
        assertThat(services.training
                        .blobs
                        .get(spec.getDataSet().getBlobDigest())
                        .toStringUtf8()
                        .lines())
                .hasSize(10)
                .first()
                .asString()
                .contains("gsm8k/test/0", "\"answer\":\"18\"");
    }

    @Test
    void severalBenchmarksAreOneSuiteCorrectedByHolm() {
        Invocation result = thirteen("eval", "-a", "tiny@3", "-b", "gsm8k", "-b", "svamp", "--sample", "-p", "plain");

        assertThat(services.evaluation.specs).hasSize(2).allSatisfy(spec -> {
            assertThat(spec.getSuite())
                    .startsWith("suite-")
                    .isEqualTo(services.evaluation.specs.getFirst().getSuite());
            assertThat(spec.getPromptName()).isEqualTo("plain");
            assertThat(spec.getBasePromptsList())
                    .extracting(PromptVariant::getLabel)
                    .contains("base, prompt qwen-boxed");
        });
        assertThat(result.out()).endsWith("""
                policy       data         p  p by Holm
                tiny@3, T=1  gsm8k  1.3e-09    2.6e-09
                tiny@3, T=1  svamp  3.0e-02    3.0e-02
                """);
    }

    @Test
    void theBaseAloneNeedsABenchmark() {
        assertThat(thirteen("eval", "run", "--base", "some-model", "-b", "arithmetic")
                        .code())
                .isZero();
        EvaluationSpec spec = services.evaluation.specs.getFirst();
        assertThat(spec.getBaseModel().getFolder()).isEqualTo("some-model");
        assertThat(spec.getDataSet().getGenerator().getSplit()).isEqualTo("test");
        assertThat(spec.getProblems()).isEqualTo(600);

        assertThat(thirteen("eval").err())
                .isEqualTo(
                        "thirteen: say what to evaluate: --adapter RUN@STEP, --base FOLDER or --learning-curve RUN\n");
        assertThat(thirteen("eval", "--base", "some-model").code()).isEqualTo(2);
    }

    @Test
    void unknownNamesAreRefusedWithThoseThatThereAre() {
        assertThat(thirteen("eval", "-a", "tiny", "-b", "gsm9k"))
                .satisfies(result -> assertThat(result.code()).isEqualTo(2))
                .satisfies(result -> assertThat(result.err())
                        .startsWith(
                                "thirteen: there is no benchmark 'gsm9k': say a YAML file, or one of aime24, amc23,"));
        assertThat(thirteen("eval", "-a", "tiny", "-b", "svamp", "--sample", "-p", "qwen")
                        .err())
                .startsWith("thirteen: there is no prompt 'qwen': say a YAML file, or one of ");
        assertThat(thirteen("eval", "-a", "tiny", "-b", "aime24", "--sample").err())
                .isEqualTo("thirteen: --sample: the licence of aime24 does not let the project ship one\n");
        assertThat(services.evaluation.specs).isEmpty();
    }

    @Test
    void whatIsWrongWithAFileIsSaidBeforeAnythingStarts() throws IOException {
        String bad = write("bad.jsonl", """
                {"id": "a", "question": "1+1?", "answer": "2"}
                {"id": "b", "question": "1+2?", "answer": "three"}
                """);
        String benchmark = write("mine.yaml", """
                name: mine
                split: test
                data-set: {file: bad.jsonl}
                reward: {scorer: numeric}
                prompts: [plain]
                """);

        Invocation result = thirteen("eval", "-a", "tiny", "-b", benchmark);
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .isEqualTo(
                        "thirteen: " + bad + ":2: scorer numeric cannot read the field 'answer': the right answer is no"
                                + " number: three\n");
        write("bad.jsonl", "");
        assertThat(thirteen("eval", "-a", "tiny", "-b", benchmark).err())
                .isEqualTo("thirteen: " + bad + ": holds no problem\n");
        write("mine.yaml", "name: mine\nsplit: later\ndata-set: {file: x}\nprompts: []\n");
        assertThat(thirteen("eval", "-a", "tiny", "-b", benchmark).err())
                .contains(
                        "mine.yaml:1: reward: is missing", "mine.yaml:2: split: is 'later' (must be one of dev, test)");
        assertThat(services.evaluation.specs).isEmpty();
    }

    @Test
    void whatTheServiceSaysOfAProblemHasItsFileAndLine() throws IOException {
        String data = write("long.jsonl", """
                {"id": "a", "question": "1+1?", "answer": "2"}

                {"id": "b", "question": "1+2?", "answer": "3"}
                """);
        String benchmark = write("mine.yaml", """
                name: mine
                split: test
                data-set: {file: long.jsonl}
                reward: {scorer: math}
                prompts: [plain]
                """);

        assertThat(thirteen("eval", "-a", "tiny", "-b", benchmark).err())
                .isEqualTo(
                        "thirteen: " + data + ":3: data-set.problem: 'b' does not fit under prompt base: too long\n");
    }

    @Test
    void aLearningCurveIsDrawnOnTheDevSplit() {
        Invocation result = thirteen("eval", "run", "--learning-curve", "one", "--every", "5", "--temperature", "0");

        assertThat(result.code()).isZero();
        EvaluationSpec spec = services.evaluation.specs.getFirst();
        assertThat(spec.getFollow().getRun()).isEqualTo("one");
        assertThat(spec.getFollow().getEvery()).isEqualTo(5);
        assertThat(spec.getDataSet().getGenerator().getSplit()).isEqualTo("dev");
        assertThat(spec.getSplit()).isEqualTo("dev");
        assertThat(spec.getAdaptersList()).isEmpty();
        assertThat(thirteen("eval", "show", "curve").out()).contains("""
                step  decoding  accuracy         95 %  against the base        p
                   0  T=1          0.500  0.438–0.563
                   3  T=1          0.750  0.688–0.813            +0.250  1.3e-09
                """);
    }

    @Test
    void thePictureOfALearningCurveNamesItsRunAndItsAxes() throws Exception {
        Path report = folder.resolve("curve");
        assertThat(thirteen("eval", "show", "curve", "--report", report.toString())
                        .code())
                .isZero();

        assertThat(Files.readString(report.resolve("report.html")))
                .contains("<h2>learning curve of tiny on ")
                .contains("<h3>Run tiny, T=1: strict accuracy by step, with its 95 % interval</h3><svg class=\"curve\"")
                .contains(" text-anchor=\"middle\">step</text>")
                .contains(">accuracy</text>")
                .contains(" text-anchor=\"middle\">0</text>")
                .contains(" text-anchor=\"middle\">3</text>")
                .contains("<title>step 3: 0.750 (0.688–0.813)</title>");
    }

    @Test
    void aProbeIsOneGreedyDecodingOfTheBenchmarksOwnText() {
        thirteen("eval", "run", "--base", "some-model", "-b", "gsm8k", "--sample", "--probe");

        EvaluationSpec spec = services.evaluation.specs.getFirst();
        assertThat(spec.getProbe().getSharesList()).containsExactly(0.4, 0.6, 0.8);
        assertThat(spec.getBasePromptsList()).isEmpty();
        assertThat(spec.getDecodingsList()).extracting(Sampling::getTemperature).containsExactly(0f);
        assertThat(thirteen("eval", "show", "probe").out())
                .contains("base    completion  0.400  benchmark    100    23  0.230    0.610")
                .endsWith("\nbase: Strong signs of contamination.\n");
    }

    @Test
    void showPrintsEveryFigureWithItsError() {
        assertThat(thirteen("eval", "show", "e1").out()).isEqualTo("""
                evaluation e1: gsm8k
                this data was evaluated 2 times before here

                policy  decoding    n  correct  accuracy         95 %  no answer  won  lost        p
                base    T=1       200      100     0.500  0.438–0.563          0
                tiny@3  T=1       200      150     0.750  0.688–0.813          0   60    10  1.3e-09

                policy  decoding  answers  strict      ±  flexible  cut  unparsable  silent  timed out  tokens  difference           95 %
                base    T=1           200   0.500  0.031     0.500    7           0       0          0    12.3
                tiny@3  T=1           200   0.750  0.031     0.750    7           0       0          0    12.3      +0.250  +0.180–+0.320

                estimate  base, T=1     tiny@3, T=1
                pass@2    0.750 ±0.020  0.750 ±0.020

                tiny@3 (T=1) against the base's best prompt, 'base, prompt plain': +0.100, 95 % +0.020–+0.180, p = 0.012

                base under other prompts  decoding  evaluation  problems  accuracy         95 %
                plain                     T=1               e3       200     0.500  0.438–0.563

                adapter  family    numbers  effective degrees of freedom  bytes
                tiny@3   TinyLoRA        2                             1      4
                """);
        assertThat(thirteen("eval", "show", "--output", "json").out().lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("{\"id\":"));
        assertThat(thirteen("eval", "show").out().lines()).hasSize(4);
        assertThat(thirteen("eval", "show", "suite-2").code()).isEqualTo(3);
    }

    @Test
    void theListNamesTheFirstOfManyPolicies() {
        Evaluation evaluation = Evaluation.newBuilder()
                .setId("e1")
                .setSpec(EvaluationSpec.newBuilder().addAllAdapters(List.of("a@1", "b@1", "c@1")))
                .build();

        assertThat(EvaluationText.list(List.of(evaluation)))
                .contains("a@1 and 2 more")
                .doesNotContain("b@1");
        assertThat(EvaluationText.list(List.of(evaluation.toBuilder()
                        .setSpec(EvaluationSpec.newBuilder().addAllAdapters(List.of("a@1", "b@1")))
                        .build())))
                .contains("a@1 b@1");
    }

    @Test
    void rowsAreComparedProblemByProblem() {
        assertThat(thirteen("eval", "compare", "e1:base", "e1").out()).isEqualTo("""
                row        data   problems  accuracy       ±
                e1:base    gsm8k         4    0.2500  0.2165
                e1:tiny@3  gsm8k         4    0.7500  0.2165

                difference +0.5000 ± 0.4330, 95 % -0.5000 to +1.0000; wrong to right 3, right to wrong 1, p = 0.63
                wrong to right: p1, p2, p3
                right to wrong: p0
                """);
        assertThat(thirteen("eval", "compare", "e1:other", "e1").code()).isEqualTo(3);
        assertThat(thirteen("eval", "compare", "e1", "e2", "--decoding", "3").code())
                .isEqualTo(2);
    }

    @Test
    void aWatchOutlivesEvalService() {
        Invocation result = thirteen("eval", "run", "--follow", "breaking");

        assertThat(result.code()).isZero();
        assertThat(services.evaluation.watched).containsExactly("breaking", "breaking");
        assertThat(result.err()).isEqualTo("eval-service is gone; waiting for it to come back\n");
    }

    @Test
    void aReportHoldsEveryAnswerInThreeForms() throws IOException {
        Path report = folder.resolve("deep/report");

        Invocation result = thirteen("eval", "show", "e1", "--report", report.toString());

        assertThat(result.err()).isEqualTo("wrote " + report.resolve("report.html") + "\n");
        List<String> lines = Files.readAllLines(report.resolve("answers.jsonl"));
        assertThat(lines).hasSize(8);
        assertThat(lines.getFirst())
                .contains("\"policy\":\"base\"", "\"verdict\":\"correct\"", "\"extracted\":\"4\"", "\"correct\":true");
        String page = Files.readString(report.resolve("report.html"));
        assertThat(page)
                .doesNotContain("{{", "https://", "</script> 4")
                .contains("\\u003c/script> 4", "<td>0.750</td>")
                .contains("<th>effective degrees of freedom</th>", "<td>TinyLoRA</td><td>2</td><td>1</td><td>4</td>");
        try (ParquetFileReader parquet = ParquetFileReader.open(InputFile.of(report.resolve("answers.parquet")));
                RowReader rows = parquet.rowReader()) {
            for (String line : lines) {
                assertThat(rows.hasNext()).isTrue();
                rows.next();
                assertThat(line)
                        .contains(
                                "\"problem_id\":\"" + rows.getString("problem_id") + "\"",
                                "\"correct\":" + rows.getBoolean("correct"),
                                "\"tokens\":" + rows.getInt("tokens"),
                                "\"temperature\":" + rows.getDouble("temperature"),
                                "\"text\":\"" + rows.getString("text") + "\"");
            }
            assertThat(rows.hasNext()).isFalse();
        }
        Path occupied = Files.writeString(folder.resolve("occupied"), "");
        assertThat(thirteen("eval", "-a", "tiny", "--report", occupied.toString())
                        .err())
                .contains("is no folder that can be written into");
        assertThat(services.evaluation.specs).isEmpty();
    }

    @Test
    void aRefusedEvaluationLeavesNoFolder() {
        Path report = folder.resolve("deep/report");
        assertThat(thirteen("eval", "--base", "m", "-b", "gsm9k", "--report", report.toString())
                        .code())
                .isEqualTo(2);
        assertThat(folder.resolve("deep")).doesNotExist();
    }

    @Test
    void anEvaluationIsCancelled() {
        assertThat(thirteen("eval", "cancel", "e1").out()).isEqualTo("asked evaluation e1 to end\n");
    }
}
