package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.ImportAdapterRequest;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.CreateRunRequest;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole commands, from their arguments to what they print, against services on a real socket. */
class CommandsTest {
    private static final String GOOD = """
            name: tiny
            base-model: some-model
            data-set: {file: problems.jsonl}
            prompt: {user: "{question}"}
            reward: {scorer: exact, extraction: hash}
            optimizer: {learning-rate: 0.01}
            steps: 3
            """;

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

    private String runFile(String more) throws IOException {
        Files.writeString(
                folder.resolve("problems.jsonl"), "{\"id\": \"1\", \"question\": \"1+1?\", \"answer\": \"2\"}\n");
        return Files.writeString(folder.resolve("run.yaml"), GOOD + more).toString();
    }

    @Test
    void createChecksFirstThenUploadsThenCreates() throws IOException {
        Invocation result = thirteen("run", "create", "-f", runFile(""));

        String adapter = "TinyLoRA r 2, u 13, tying all, sigma paper, values bf16: 13 numbers, "
                + "12 effective degrees of freedom, 26 bytes\n";
        assertThat(result)
                .isEqualTo(new Invocation(0, "created run tiny; follow it: bin/thirteen run watch tiny\n", adapter));
        assertThat(services.training.creations)
                .extracting(CreateRunRequest::getValidateOnly)
                .containsExactly(true, false);
        String digest =
                services.training.creations.getFirst().getSpec().getDataSet().getBlobDigest();
        assertThat(services.training.blobs.get(digest).toStringUtf8())
                .isEqualTo("{\"id\":\"1\",\"question\":\"1+1?\",\"answer\":\"2\"}\n");
    }

    @Test
    void aReplayIsTheRecordedRunUnderAnotherRate() {
        Invocation result =
                thirteen("run", "replay", "two", "--name", "again", "--learning-rate", "0.5", "--steps", "1");

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).startsWith("run again replays ").contains("steps of two; follow it");
        RunSpec asked = services.training.creations.getLast().getSpec();
        assertThat(asked.getReplayOf()).isEqualTo("two");
        assertThat(asked.getName()).isEqualTo("again");
        assertThat(asked.getSteps()).isEqualTo(1);
        assertThat(asked.getBaseModel().getFolder()).isEqualTo("base-folder");
        assertThat(asked.getOptimizer().getLearningRate()).isEqualTo(0.5);
    }

    @Test
    void aReplayOfARunWithoutAStepSaysSoBeforeAnythingIsUploaded() throws IOException {
        RunState begun = RunState.newBuilder()
                .setSpec(RunSpec.newBuilder().setName("begun").setSteps(3))
                .setPhase(RunPhase.RUN_PHASE_RUNNING)
                .build();
        services.training.more.add(
                Run.newBuilder().setName("begun").setState(begun).build());

        Invocation result = thirteen("run", "replay", "begun", "--name", "again", "-f", runFile(""));

        assertThat(result)
                .isEqualTo(new Invocation(
                        CallFailure.INVALID,
                        "",
                        "thirteen: replay-of: must name a run that has committed a step: 'begun' has none yet\n"));
        assertThat(services.training.blobs).isEmpty();
        assertThat(services.training.creations).isEmpty();
    }

    @Test
    void aReplayTakesNoDynamicSamplingOver() throws IOException {
        String file = runFile("algorithm: {name: dapo, truncated: score}\n");
        Invocation result = thirteen("run", "replay", "two", "--name", "again", "-f", file);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err()).contains("dynamic-sampling is off: a replay replaces no recorded group");
        RunSpec asked = services.training.creations.getLast().getSpec();
        assertThat(asked.getAlgorithm().getName()).isEqualTo("dapo");
        assertThat(asked.getAlgorithm().getDynamicSampling()).isFalse();
        assertThat(asked.getAlgorithm().getMaxRefills()).isZero();
    }

    @Test
    void whatTheServerRefusesIsSaidWithFileAndLine() throws IOException {
        String file = runFile("sampling:\n  top-p: 0.9\n");
        Invocation result = thirteen("run", "check", "-f", file);

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .isEqualTo(
                        "thirteen: %1$s:9: sampling.top-p: must be off (1) in training%n%1$s:1: adapter.n-tie: must be 1 to 1000000, not 0%n"
                                .formatted(file));
        assertThat(services.training.blobs).isEmpty();
    }

    @Test
    void aCheckSaysWhichProblemsTheServerHasNotSeen() throws IOException {
        String file = runFile("");
        Invocation before = thirteen("run", "check", "-f", file);

        assertThat(before.code()).isZero();
        assertThat(before.out()).startsWith(file + " is fine: ");
        assertThat(before.err()).isEqualTo("""
                not checked: %s, which the server has not got. Whether its prompts leave room, its labels suit the reward and \
                its problems are enough is checked when `run create` has uploaded it
                """.formatted(folder.resolve("problems.jsonl")));
        assertThat(services.training.blobs).isEmpty();
        thirteen("run", "create", "-f", file);
        assertThat(thirteen("run", "check", "-f", file).err()).isEmpty();
    }

    @Test
    void waitingShowsALineAStepAndEndsWithTheRun() throws IOException {
        Invocation result = thirteen("run", "create", "--wait", "-f", runFile(""));

        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("""
                        created run tiny
                        step 1/3  reward 0.250  accuracy 0.250  staleness 0.0  4,000 tokens/s  1:05 left
                        step 2/3  reward 0.500  accuracy 0.500  staleness 0.0  2,000 tokens/s  1:05 left
                        step 3/3  reward 0.750  accuracy 0.750  staleness 0.0  2,000 tokens/s  1:05 left
                        finished after step 3
                        """);
    }

    /** It has no step of its own that could be awaited. */
    @Test
    @Timeout(300)
    void waitingForAForkEndsWhenItIsPausedBeforeItsFirstStep() {
        Invocation result = thirteen("run", "fork", "tiny", "--name", "resting", "--wait");

        assertThat(result.code()).isEqualTo(1);
        assertThat(services.training.watchedFrom).containsExactly(3L);
        assertThat(result.err()).endsWith("thirteen: run resting is paused\n");
    }

    @Test
    void aWatchOutlivesTheTrainerAndMissesNoStep() {
        for (String name : List.of("breaking", "stopping")) {
            services.training.watchedFrom.clear();
            outlives(thirteen("run", "watch", name, "--from", "1"));
        }
    }

    private void outlives(Invocation result) {
        assertThat(result.code()).isZero();
        assertThat(services.training.watchedFrom).containsExactly(1L, 2L);
        assertThat(result.out().lines().filter(line -> line.startsWith("step ")))
                .hasSize(3);
        assertThat(result.err()).isEqualTo("trainer-service is gone; waiting for it to come back\n");
    }

    @Test
    void aRunThatFailsIsAFailure() {
        Invocation result = thirteen("run", "watch", "failing");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("thirteen: run failing is failed\n");
    }

    @Test
    void listsAreTablesOrOneJsonObjectALine() {
        assertThat(thirteen("run", "list").out()).isEqualTo("""
                        name  phase     step  reward  numbers  freedom  bytes  left
                        one   running   2/3    0.000       13       12     26  1:05
                        two   finished  3/3    0.000       13       12     26
                        """);
        assertThat(thirteen("run", "list", "--output", "json").out().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("{\"name\":") && line.endsWith("}"));
    }

    @Test
    void exitCodesTellWhoseProblemItIs() {
        assertThat(thirteen("run", "show", "gone"))
                .isEqualTo(new Invocation(3, "", "thirteen: there is no run 'gone'\n"));
        assertThat(thirteen("run", "pause", "two")).isEqualTo(new Invocation(1, "", "thirteen: run two has ended\n"));
        assertThat(thirteen("run", "list", "--trainer", "127.0.0.1:1"))
                .isEqualTo(new Invocation(
                        4, "", "thirteen: trainer-service at 127.0.0.1:1 does not answer (start it with: make up)\n"));
        assertThat(thirteen("run", "list", "--trainer", "nowhere").code()).isEqualTo(2);
        assertThat(thirteen("run", "frobnicate").code()).isEqualTo(2);
        assertThat(thirteen("adapter", "show", "tiny@soon").err())
                .isEqualTo("thirteen: 'tiny@soon' names no policy: write RUN@STEP, RUN@latest or RUN\n");
        assertThat(thirteen("run", "cancel", "one").err())
                .endsWith("does not know this call; is it of this version?\n");
    }

    @Test
    void withoutASystemTheFirstStepIsNamed() throws IOException {
        Files.delete(endpoints);

        assertThat(thirteen("run", "list"))
                .isEqualTo(new Invocation(
                        4,
                        "",
                        "thirteen: no running system: there is no %s (start one with: make up, or say --trainer HOST:PORT)%n"
                                .formatted(endpoints)));
    }

    @Test
    void generateStreamsTheText() {
        Invocation result = thirteen("generate", "-a", "tiny", "--system", "Be brief.", "--seed", "4", "2+2?");

        assertThat(result).isEqualTo(new Invocation(0, "so #19\n", "(cut at --max-tokens 128)\n"));
        GenerateRequest request = services.generated.getFirst();
        assertThat(request.getPolicy().getName()).isEqualTo("tiny@latest");
        assertThat(request.getPrompt().getChat().getMessagesCount()).isEqualTo(2);
        assertThat(request.getSampling().getSeed()).isEqualTo(4);
        assertThat(request.getDeterministic()).isFalse();
    }

    @Test
    void generateSendsEveryWayOfSampling() {
        thirteen(
                "generate",
                "--min-p",
                "0.1",
                "--repetition-penalty",
                "1.5",
                "--logit-bias",
                "7=-100",
                "--logit-bias",
                "8=2.5",
                "--stop",
                "\n",
                "--stop",
                "END",
                "--deterministic",
                "2+2?");

        assertThat(services.generated.getFirst().getDeterministic()).isTrue();
        Sampling sampling = services.generated.getFirst().getSampling();
        assertThat(sampling.getMinP()).isEqualTo(0.1f);
        assertThat(sampling.getRepetitionPenalty()).isEqualTo(1.5f);
        assertThat(sampling.getLogitBiasMap()).isEqualTo(Map.of(7, -100f, 8, 2.5f));
        assertThat(sampling.getStopList()).containsExactly("\n", "END");
    }

    @Test
    void logProbsAreListedAndSummed() {
        assertThat(thirteen("logprobs", "2+2?", "#4").out()).isEqualTo("""
                        #4
                        token id   log-prob
                        7         -0.500000
                        12        -1.250000
                        sum       -1.750000
                        """);
    }

    @Test
    void scoreShowsVerdictsAndRefusesUnknownScorers() {
        assertThat(thirteen("score", "--answer", "19", "so #19").out())
                .isEqualTo("verdict  reward  extracted\ncorrect     1.0         19\n");
        assertThat(thirteen("score", "--answer", "19", "--scorer", "magic", "so #19")
                        .err())
                .isEqualTo("thirteen: task.scorer: must be exact or numeric\n");
    }

    @Test
    void anAdapterIsShownWithItsNumbers() {
        assertThat(thirteen("adapter", "show", "tiny@2").out())
                .contains(
                        "tiny@2",
                        "base-folder",
                        "2 numbers, 1 effective degrees of freedom, 4 bytes",
                        "  0.500000\n  -2.00000\n");
        assertThat(thirteen("adapter", "list", "tiny").out().lines().map(line -> line.replaceAll(" +", " ")))
                .anyMatch(line -> line.startsWith("adapter family numbers freedom bytes"))
                .anyMatch(line -> line.startsWith("tiny@2 TinyLoRA 2 1 4"));
    }

    @Test
    void anImportedAdapterIsShownWithoutAllOfItsNumbers() {
        assertThat(thirteen("adapter", "show", "mine@1").out())
                .contains("mine@1", "LoRA, values fp32", "101 numbers, 404 bytes")
                .endsWith("  0.00000\n  and 1 more (all of them: --values FILE)\n");
    }

    @Test
    void numbersOfAnAdapterAreWrittenAsTheyAre() throws IOException {
        Path values = folder.resolve("tiny.bf16");
        assertThat(thirteen("adapter", "show", "tiny@2", "--values", values.toString())
                        .err())
                .isEqualTo("wrote " + values + "\n");
        assertThat(values).hasBinaryContent(new byte[] {0, 0x3f, 0, (byte) 0xc0});
        assertThat(thirteen("adapter", "show", "tiny@2", "--values", values.toString()))
                .returns(2, Invocation::code)
                .extracting(Invocation::err)
                .isEqualTo("thirteen: " + values + " is there already (--force replaces it)\n");
        assertThat(thirteen("adapter", "show", "tiny@2", "--values", values.toString(), "--force")
                        .code())
                .isZero();
    }

    @Test
    void numbersThatTravelByDigestAreFetchedAndChecked() throws IOException {
        Path values = folder.resolve("large.fp32");
        services.training.blobs.put(FakeServices.LARGE, ByteString.copyFrom(new byte[] {1, 2, 3}));
        assertThat(thirteen("adapter", "show", "large@1", "--values", values.toString()))
                .returns(0, Invocation::code)
                .extracting(Invocation::out)
                .asString()
                .contains("in blob " + FakeServices.LARGE)
                .endsWith("  (its numbers: --values FILE)\n");
        assertThat(values).hasBinaryContent(new byte[] {1, 2, 3});

        services.training.blobs.put(FakeServices.LARGE, ByteString.copyFrom(new byte[] {1, 2, 4}));
        assertThat(thirteen("adapter", "show", "large@1", "--values", values.toString(), "--force"))
                .returns(1, Invocation::code)
                .extracting(Invocation::err)
                .asString()
                .contains("what came for " + FakeServices.LARGE + " has another digest");
        assertThat(values).hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    private Path adapterFolder(String name, String config) throws IOException {
        Path adapter = Files.createDirectory(folder.resolve(name));
        Files.writeString(adapter.resolve("adapter_config.json"), config);
        Files.writeString(adapter.resolve("adapter_model.safetensors"), "the tensors");
        return adapter;
    }

    @Test
    void anImportUploadsTheTensorsAndSaysWhatItIs() throws IOException {
        Path adapter = adapterFolder("mine", "{\"peft_type\": \"LORA\", \"base_model_name_or_path\": \"nowhere\"}");

        assertThat(thirteen("adapter", "import", adapter.toString(), "--base-model", "a-base"))
                .isEqualTo(new Invocation(0, "imported mine@1: LoRA, 101 numbers, 404 bytes, on base-folder\n", ""));

        ImportAdapterRequest request = services.imports.getFirst();
        assertThat(request.getBaseModel().getFolder()).isEqualTo("a-base");
        assertThat(services.training.blobs.get(request.getTensorsDigest()).toStringUtf8())
                .isEqualTo("the tensors");
        assertThat(thirteen("adapter", "import", adapter.toString(), "--name", "other"))
                .isEqualTo(new Invocation(
                        3,
                        "",
                        "thirteen: there is no model folder nowhere (the folder's config names it;"
                                + " say --base-model DIR|NAME)\n"));
        assertThat(thirteen("adapter", "import", adapter.toString(), "--name", "Other"))
                .isEqualTo(new Invocation(
                        2,
                        "",
                        "thirteen: the name 'Other' must be lower-case letters, digits and inner hyphens,"
                                + " 1 to 63 characters\n"));
    }

    @Test
    void aFolderThatIsNoAdapterIsRefused() throws IOException {
        Path without = adapterFolder("My_Adapter", "{\"peft_type\": \"TINYLORA\"}");
        String folders = without.toString();

        assertThat(thirteen("adapter", "import", folders, "--base", "b").err())
                .endsWith("1 to 63 characters (the folder's; say --name NAME)\n");
        assertThat(thirteen("adapter", "import", folders, "--base", "b", "--name", "no-v"))
                .isEqualTo(new Invocation(
                        2, "", "thirteen: adapter_model.safetensors lacks tensor base_model.tinylora_v.0\n"));
        assertThat(thirteen("adapter", "import", folders, "--name", "n").err())
                .contains("names no base model: say --base-model");
        Files.move(without.resolve("adapter_model.safetensors"), without.resolve("adapter_model.bin"));
        assertThat(thirteen("adapter", "import", folders, "--base", "b").err()).contains("a pickle");
        Files.writeString(without.resolve("adapter_config.json"), "{}");
        Files.writeString(without.resolve("adapter_model.safetensors"), "the tensors");
        assertThat(thirteen("adapter", "import", folders, "--base", "b").err()).endsWith("names no peft_type\n");
        assertThat(thirteen("adapter", "import", folder.toString(), "--base", "b")
                        .err())
                .endsWith("is no adapter folder: it has no adapter_config.json\n");
    }

    @Test
    void aWholeCheckpointIsExportedWithItsProgress() throws IOException {
        Path target = folder.resolve("whole");

        Invocation result = thirteen("adapter", "export", "tiny@2", target.toString(), "--format", "merged");

        assertThat(result.err())
                .isEqualTo(
                        "trainer-service merges tiny@2%nwriting %1$s: 5.0 of 7.5 MB%nwrote %1$s%n".formatted(target));
        assertThat(target.resolve("model.safetensors")).hasSize(7_500_000);
        assertThat(thirteen("adapter", "export", "tiny@2", target.toString(), "--format", "lora", "--force")
                        .code())
                .isZero();
        assertThat(services.exports)
                .containsExactly(AdapterFormat.ADAPTER_FORMAT_MERGED, AdapterFormat.ADAPTER_FORMAT_LORA);
        assertThat(thirteen("adapter", "export", "tiny@2", "x", "--format", "gguf")
                        .err())
                .contains("--format", "peft, lora, merged");
    }

    @Test
    void anExportAppearsWholeOrNotAtAll() throws IOException {
        Path target = folder.resolve("exported");

        assertThat(thirteen("adapter", "export", "tiny@2", target.toString()).code())
                .isZero();
        assertThat(target.resolve("adapter_config.json")).hasContent("{\"a\":1}");
        assertThat(thirteen("adapter", "export", "tiny@2", target.toString()).err())
                .isEqualTo("thirteen: " + target + " is not empty (--force replaces an earlier export)\n");
        Files.writeString(target.resolve("old"), "");
        assertThat(thirteen("adapter", "export", "tiny@99", target.toString(), "--force")
                        .code())
                .isEqualTo(1);
        assertThat(target.resolve("old")).exists();
        assertThat(thirteen("adapter", "export", "tiny@3", target.toString(), "--force")
                        .code())
                .isZero();
        assertThat(target.resolve("old")).doesNotExist();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(target, endpoints);
        }
    }

    @Test
    void forceDeletesNothingThatIsNoExport() throws IOException {
        Path mine = Files.createDirectory(folder.resolve("mine"));
        Files.writeString(mine.resolve("thesis.txt"), "years of work");

        Invocation refused = thirteen("adapter", "export", "tiny@2", mine.toString(), "--force");

        assertThat(refused.code()).isNotZero();
        assertThat(refused.err()).contains("holds no adapter").contains("does not replace it");
        assertThat(mine.resolve("thesis.txt")).hasContent("years of work");
    }

    @Test
    void evalTakesWhatIsNotSaidFromTheRunAndPrintsThePairedTable() {
        Invocation result =
                thirteen("eval", "-a", "tiny@3", "--base-prompt", "careful=A{question}", "--temperature", "1");

        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("""
                        policy  decoding    n  correct  accuracy         95 %  no answer  won  lost        p
                        base    T=1       200      100     0.500  0.438–0.563          0
                        tiny@3  T=1       200      150     0.750  0.688–0.813          0   60    10  1.3e-09
                        """);
        EvaluationSpec spec = services.evaluation.specs.getFirst();
        assertThat(spec.getAdaptersList()).containsExactly("tiny@3");
        assertThat(spec.getProblems()).isEqualTo(1024);
        assertThat(spec.getBasePrompts(0).getPrompt().getUser()).isEqualTo("A{question}");
        assertThat(new ArrayList<>(spec.getDecodingsList()))
                .extracting(Sampling::getTemperature)
                .isEqualTo(List.of(1f));
    }

    @Test
    void anImportedAdapterIsEvaluatedAsARunOnItsBase() throws IOException {
        Invocation result = thirteen("eval", "-a", "mine@1");
        thirteen("eval", "-a", "mine@1", "--like", "one", "--problems", "7");
        thirteen(
                "eval",
                "-a",
                "mine@1",
                "--like",
                runFile("evaluation: {data-set: {generator: arithmetic, split: test}}\n"));

        assertThat(result.code()).isZero();
        assertThat(result.err()).startsWith("evaluating as run two does (--like names another)\n");
        assertThat(services.evaluation.specs).hasSize(3).allSatisfy(spec -> {
            assertThat(spec.getAdaptersList()).containsExactly("mine@1");
            assertThat(spec.getBaseModel().getFolder()).isEmpty();
        });
        assertThat(services.evaluation.specs.get(1).getProblems()).isEqualTo(7);
        assertThat(services.evaluation.specs.get(2).getPrompt().getUser()).isEqualTo("{question}");
    }

    @Test
    void aSupervisedRunDoesNotSayHowAnswersAreJudged() throws IOException {
        runFile("");
        Path supervised = Files.writeString(
                folder.resolve("sft.yaml"),
                GOOD.replaceFirst("reward: .*", "algorithm: {name: sft}")
                        + "evaluation: {data-set: {generator: arithmetic, split: test}}\n");

        Invocation result = thirteen("eval", "-a", "mine@1", "--like", supervised.toString());

        assertThat(result.code()).isEqualTo(CallFailure.INVALID);
        assertThat(result.err())
                .isEqualTo(
                        "thirteen: run tiny has no reward, by which answers are judged: say --like or --benchmark\n");
    }

    @Test
    void anEvaluationThatFailsIsAFailure() {
        assertThat(thirteen("eval", "--follow", "lost"))
                .isEqualTo(new Invocation(1, "", "thirteen: evaluation lost failed: the base went away\n"));
    }
}
