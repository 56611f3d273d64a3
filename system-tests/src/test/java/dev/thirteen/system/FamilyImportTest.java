package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.thirteen.local.Service;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc.GenerationServiceBlockingStub;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.ScoreRequest;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.policy.v1.Sampling;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A folder of every family: in by the command line, out in every format, and each of them is the same policy. */
@ExtendWith(SystemUnderTest.Provider.class)
class FamilyImportTest {
    private static final String BASE = "tiny-arithmetic";
    private static final Path HOME = Path.of(System.getProperty("thirteen.home"));
    /** Names the interpreter, for example that of a virtual environment. */
    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("THIRTEEN_PYTHON"), "python3");

    private static final String PROMPT = "7*3-4+2?";
    private static final int TOKENS = 12;
    private static final String[] TEXTS = {"7*3=21", "1234", "5*5", "9999999"};

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void whatComesInGoesOut(FamilyFolder family, SystemUnderTest system) throws Exception {
        CommandLine line = new CommandLine(system, folder);
        String name = family.label();
        Path original = family.write(folder.resolve("original"));
        take(line, original, name);
        ManagedChannel channel = NettyChannelBuilder.forTarget(
                        system.endpoints().of(Service.ROLLOUT))
                .usePlaintext()
                .build();
        try {
            GenerationServiceBlockingStub rollout =
                    GenerationServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
            Completion ours = answer(rollout, Policy.newBuilder().setName(name + "@1"));
            assertThat(ours.getLogProbsList())
                    .isNotEqualTo(answer(rollout, base(BASE)).getLogProbsList());
            if (family.kept == FamilyFolder.Kept.MERGED_ALONE) {
                biasesAreRefused(line, name);
            } else {
                peftFolderIsTheSame(line, family, original, rollout, ours);
                plainLoraIsTheSame(line, name, rollout, ours);
            }
            mergedIsTheSame(line, name, rollout);
        } finally {
            channel.shutdownNow();
        }
    }

    private void biasesAreRefused(CommandLine line, String name) throws Exception {
        for (String format : List.of("peft", "lora")) {
            Path out = folder.resolve(format);
            CommandLine.Result refused = line.run("adapter", "export", name, out.toString(), "--format", format);
            assertThat(refused.code()).isEqualTo(2);
            assertThat(refused.err()).contains("biases cannot be written as LoRA; export a merged checkpoint");
            assertThat(out).doesNotExist();
        }
    }

    private void peftFolderIsTheSame(
            CommandLine line,
            FamilyFolder family,
            Path original,
            GenerationServiceBlockingStub rollout,
            Completion ours)
            throws Exception {
        Path out = give(line, family.label(), "peft");
        if (family.kept == FamilyFolder.Kept.AS_LORA) {
            assertThat(out.resolve("adapter_config.json")).content().contains("\"peft_type\" : \"LORA\"");
        } else {
            // The text of a config is kept, so that PEFT reads what it read before.
            assertThat(out.resolve("adapter_config.json"))
                    .hasSameBinaryContentAs(original.resolve("adapter_config.json"));
            assertThat(tensors(out)).isEqualTo(tensors(original));
        }
        take(line, out, family.label() + "-again");
        Completion again = answer(rollout, Policy.newBuilder().setName(family.label() + "-again@1"));
        if (family.kept == FamilyFolder.Kept.AS_LORA) assertSame(again, ours);
        else assertThat(again).isEqualTo(ours);
    }

    private void plainLoraIsTheSame(
            CommandLine line, String name, GenerationServiceBlockingStub rollout, Completion ours) throws Exception {
        Path out = give(line, name, "lora");
        assertThat(out.resolve("adapter_config.json")).content().contains("\"peft_type\" : \"LORA\"", "\"r\" : 8");
        take(line, out, name + "-lora");
        assertSame(answer(rollout, Policy.newBuilder().setName(name + "-lora@1")), ours);
    }

    /** The base is stored in bf16, and so is the merge: each weight is off by up to 2^-9 of itself. */
    private void mergedIsTheSame(CommandLine line, String name, GenerationServiceBlockingStub rollout)
            throws Exception {
        Path out = give(line, name, "merged");
        List<Float> adapted = score(rollout, Policy.newBuilder().setName(name + "@1"));
        double moved = distance(score(rollout, base(BASE)), adapted);
        assertThat(moved).isGreaterThan(0.2);
        assertThat(distance(score(rollout, base(out.toString())), adapted)).isLessThan(0.1 * moved);
    }

    private static double distance(List<Float> one, List<Float> other) {
        double sum = 0;
        for (int i = 0; i < one.size(); i++) sum += Math.abs(one.get(i) - other.get(i));
        return sum / one.size();
    }

    /** PEFT, where it is installed, computes our log-probabilities from the plain LoRA. */
    @ParameterizedTest(name = "{0}")
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BITFIT")
    void peftComputesTheSame(FamilyFolder family, SystemUnderTest system) throws Exception {
        assumeTrue(
                python("-c", "import peft, torch, transformers").code() == 0,
                PYTHON + " has no package peft: pip install peft, and set THIRTEEN_PYTHON");
        CommandLine line = new CommandLine(system, folder);
        String name = family.label();
        take(line, family.write(folder.resolve("original")), name);
        Path lora = give(line, name, "lora");
        List<String> logprobs = new ArrayList<>(List.of("logprobs", "-a", name + "@1", "-o", "json", PROMPT));
        logprobs.addAll(List.of(TEXTS));
        CommandLine.Result scored = line.run(logprobs.toArray(String[]::new));
        assertThat(scored.code()).as(scored.err()).isZero();
        Path logProbs = Files.writeString(folder.resolve("logprobs.json"), scored.out());

        String script = HOME.resolve("scripts/check_peft_export.py").toString();
        CommandLine.Result check =
                python(script, HOME.resolve("models").resolve(BASE).toString(), lora.toString(), logProbs.toString());

        System.out.print(name + ": " + check.out());
        assertThat(check.code()).as(check.out()).isZero();
    }

    private static CommandLine.Result python(String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(PYTHON));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new CommandLine.Result(process.waitFor(), out, "");
        } catch (IOException notThere) {
            return new CommandLine.Result(127, String.valueOf(notThere.getMessage()), "");
        }
    }

    private static void take(CommandLine line, Path adapter, String name) throws Exception {
        CommandLine.Result taken =
                line.run("adapter", "import", adapter.toString(), "--name", name, "--base-model", BASE);
        assertThat(taken.code()).as(taken.err()).isZero();
        assertThat(taken.out()).startsWith("imported " + name + "@1: ");
    }

    private Path give(CommandLine line, String name, String format) throws Exception {
        Path out = folder.resolve(format);
        CommandLine.Result given = line.run("adapter", "export", name, out.toString(), "--format", format);
        assertThat(given.code()).as(given.err()).isZero();
        return out;
    }

    private static Map<String, TensorFile.Tensor> tensors(Path adapter) throws IOException {
        return TensorFile.read(adapter.resolve("adapter_model.safetensors"));
    }

    private static Policy.Builder base(String model) {
        return Policy.newBuilder().setBaseModel(BaseModel.newBuilder().setFolder(model));
    }

    /** Deterministic: in a system that has just started, other loops would take over between two answers. */
    private static Completion answer(GenerationServiceBlockingStub rollout, Policy.Builder policy) {
        return rollout.generate(GenerateRequest.newBuilder()
                        .setDeterministic(true)
                        .setPolicy(policy)
                        .setPrompt(Prompt.newBuilder().setText(PROMPT))
                        .setSampling(Sampling.newBuilder()
                                .setMaxTokens(TOKENS)
                                .setTemperature(1)
                                .setSeed(3)
                                .putLogitBias(2, -100))
                        .build())
                .getCompletions(0);
    }

    /** Log-probabilities of the tokens of some texts. */
    private static List<Float> score(GenerationServiceBlockingStub rollout, Policy.Builder policy) {
        ScoreRequest.Builder request = ScoreRequest.newBuilder()
                .setPolicy(policy)
                .setPrompt(Prompt.newBuilder().setText(PROMPT));
        for (String text : TEXTS) request.addCompletionsBuilder().setText(text);
        return rollout.score(request.build()).getCompletionsList().stream()
                .flatMap(completion -> completion.getLogProbsList().stream())
                .toList();
    }

    private static void assertSame(Completion completion, Completion ours) {
        assertThat(completion.getTokenIdsList()).isEqualTo(ours.getTokenIdsList());
        for (int i = 0; i < ours.getLogProbsCount(); i++) {
            assertThat(completion.getLogProbs(i)).isCloseTo(ours.getLogProbs(i), within(1e-3f));
        }
    }
}
