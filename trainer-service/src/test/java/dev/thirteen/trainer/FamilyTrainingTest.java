package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.adapter.AdapterSize;
import dev.thirteen.core.optim.AdamW;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.proto.policy.v1.AdaLoraSpec;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.BitFitSpec;
import dev.thirteen.proto.policy.v1.FamilySpec;
import dev.thirteen.proto.policy.v1.FullSpec;
import dev.thirteen.proto.policy.v1.LoraSpec;
import dev.thirteen.proto.policy.v1.ShareLoraSpec;
import dev.thirteen.proto.policy.v1.ValueType;
import dev.thirteen.proto.policy.v1.VeraSpec;
import dev.thirteen.proto.policy.v1.WeightLoraSpec;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps of every family on the bundled model. In the booted service, which alone may load the natives. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class FamilyTrainingTest {
    @TempDir
    static Path cache;

    private static EngineModels models;
    private static Blobs blobs;

    @BeforeAll
    static void open() {
        EngineFixture fixture = EngineFixture.open(cache, Fixtures.index());
        models = fixture.models();
        blobs = fixture.blobs();
    }

    @AfterAll
    static void close() {
        models.close();
    }

    /** Name, spec, trained numbers and degrees of freedom: 6 layers; q 192x192, k and v 96x192, o 192x192, mlp 576. */
    static Stream<Arguments> families() {
        FamilySpec.Builder xs = FamilySpec.newBuilder();
        xs.getLoraXsBuilder().setRank(3).setAlpha(3);
        FamilySpec.Builder lora = onQuery();
        lora.setLora(LoraSpec.newBuilder().setRank(2).setAlpha(4));
        FamilySpec.Builder large = FamilySpec.newBuilder();
        large.setLora(LoraSpec.newBuilder().setRank(8).setAlpha(8));
        FamilySpec.Builder shared = onQuery();
        shared.setShareLora(ShareLoraSpec.newBuilder().setRank(2).setAlpha(4).setShared(ShareLoraSpec.Shared.SHARED_A));
        FamilySpec.Builder vera = FamilySpec.newBuilder();
        vera.setVera(VeraSpec.newBuilder().setRank(16));
        FamilySpec.Builder bitFit = FamilySpec.newBuilder();
        bitFit.setBitFit(BitFitSpec.getDefaultInstance());
        FamilySpec.Builder adaLora = onQuery();
        adaLora.setAdaLora(AdaLoraSpec.newBuilder()
                .setInitialRank(3)
                .setTargetRank(1)
                .setAlpha(3)
                .setSensitivityDecay(0.85)
                .setUncertaintyDecay(0.85)
                .setOrthogonality(0.5));
        FamilySpec.Builder weighted = onQuery();
        weighted.setWeightLora(WeightLoraSpec.newBuilder()
                .setRank(2)
                .setAlpha(4)
                .setWeightLearningRate(1)
                .setKeptModules(2));
        FamilySpec.Builder full = FamilySpec.newBuilder().setFull(FullSpec.getDefaultInstance());
        return Stream.of(
                Arguments.of("full weights", full, FULL, FULL),
                Arguments.of("LoRA-XS", xs, 42 * 9, 42 * 9),
                Arguments.of("LoRA", lora, 6 * 768, 6 * (768 - 4)),
                Arguments.of("LoRA", large, 48 * LORA_SIDES, 48 * LORA_SIDES - 42 * 64),
                Arguments.of("ShareLoRA", shared, 384 + 6 * 384, 384 + 6 * 384 - 4),
                Arguments.of("VeRA", vera, 42 * 16 + 6 * VERA_OUT, 42 * 15 + 6 * VERA_OUT),
                Arguments.of("BitFit", bitFit, 6 * 384, 6 * 384),
                Arguments.of("AdaLoRA", adaLora, 6 * (3 * 384 + 3), 6 * (3 * 384 - 9)),
                Arguments.of("WeightLoRA", weighted, 6 * 769, 6 * (768 - 4)));
    }

    /** All weights of the linears: 2.65 million of the model's 2.67. */
    private static final int FULL = 6 * (2 * 192 * 192 + 2 * 96 * 192 + 3 * 576 * 192);

    /** Sides of the seven linears of a layer, inputs and outputs. */
    private static final int LORA_SIDES = 2 * 384 + 2 * 288 + 3 * 768;

    /** Outputs of the seven linears of a layer. */
    private static final int VERA_OUT = 192 + 96 + 96 + 192 + 576 + 576 + 192;

    private static FamilySpec.Builder onQuery() {
        return FamilySpec.newBuilder().addTargetModules("q_proj");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void aRunOfAFamilyTakesStepsThatARestartRepeats(String name, FamilySpec.Builder family, int numbers, int free)
            throws IOException {
        RunState created = Records.created(spec(family), Instant.EPOCH);
        var spec = RunWire.spec(created.getSpec());
        assertThat(models.problems(spec)).isEmpty();
        assertThat(models.size(spec)).isEqualTo(new AdapterSize(numbers, free));

        Workload workload = models.prepare(created, _ -> {});
        RunState ready = Records.prepared(created, spec, workload, blobs::put);
        assertThat(ready.getTrainedNumbers()).isEqualTo(numbers);
        assertThat(ready.getDegreesOfFreedom()).isEqualTo(free);
        RunState first = next(ready, workload);
        RunState second = next(first, workload);
        workload.close();
        assertThat(first.getMetrics().getGradNorm()).isPositive();
        assertThat(second.getAdapter().getDigest())
                .isNotEqualTo(first.getAdapter().getDigest());

        Workload again = models.prepare(first, _ -> {});
        assertThat(next(first, again).toBuilder()
                        .setMetrics(second.getMetrics())
                        .build())
                .isEqualTo(second);
        again.close();
        assertThat(NamedAdapters.latest(second).getFamily()).isEqualTo(name);
        assertThat(NamedAdapters.latest(second).getDegreesOfFreedom()).isEqualTo(free);
        assertThat(NamedAdapters.of(Records.step(second, List.of(), ""))).isEqualTo(NamedAdapters.latest(second));
        exported(name, second);
        // What a message cannot hold is a blob: values above 64 KiB, a state above 512 KiB.
        assertThat(second.getAdapter().getValuesDigest().isEmpty()).isEqualTo(2 * numbers <= 64 * 1024);
        assertThat(second.getOptimizerDigest().isEmpty()).isEqualTo(second.getMasterCount() > 0);
        assertThat(second.getOptimizerDigest().isEmpty()).isEqualTo(12 * numbers <= 512 * 1024);
    }

    static Stream<Arguments> trainedInPlace() {
        return families().filter(family -> Set.of("full weights", "BitFit").contains(family.get()[0]));
    }

    /** What is trained are weights of the base itself: the reference must be a copy that stays as it was. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("trainedInPlace")
    void theKlIsAgainstTheBaseThatTrainingLeavesAlone(String name, FamilySpec.Builder family, int numbers, int free) {
        RunSpec.Builder asked = spec(family).toBuilder();
        asked.getAlgorithmBuilder().setKlInLoss(0.1);
        asked.getOptimizerBuilder().setLearningRate(0.01);
        RunState created = Records.created(asked.build(), Instant.EPOCH);
        Workload workload = models.prepare(created, _ -> {});
        RunState ready = Records.prepared(created, RunWire.spec(created.getSpec()), workload, blobs::put);

        RunState first = next(ready, workload);
        RunState second = next(first, workload);
        workload.close();
        assertThat(first.getMetrics().getKl()).isBetween(0.0, 1e-9);
        assertThat(second.getMetrics().getKl()).isGreaterThan(1e-4);
    }

    /** A folder that an import reads; what PEFT has no form for goes as a LoRA, and biases only into a merged model. */
    private static void exported(String name, RunState run) throws IOException {
        Path folder = Files.createTempDirectory(cache, name);
        boolean bitFit = name.equals("BitFit");
        AdapterFormat format = bitFit ? AdapterFormat.ADAPTER_FORMAT_MERGED : AdapterFormat.ADAPTER_FORMAT_PEFT;
        models.export(NamedAdapters.latest(run), format, folder);
        assertThat(folder.toFile().list()).contains(bitFit ? "model.safetensors" : "adapter_model.safetensors");
    }

    /** AdaLoRA keeps one triplet a module at the end of two steps; WeightLoRA two modules, once the weights have moved. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void whatAFamilyPrunesIsZeroInTheAdapterThatIsSent(String name, FamilySpec.Builder family, int numbers, int free) {
        if (!name.equals("AdaLoRA") && !name.equals("WeightLoRA")) return;
        RunState created = Records.created(spec(family), Instant.EPOCH);
        Workload workload = models.prepare(created, _ -> {});
        RunState record = Records.prepared(created, RunWire.spec(created.getSpec()), workload, blobs::put);
        record = next(record, workload);
        if (name.equals("AdaLoRA")) {
            assertThat(record.getAverages().getSensitivityCount()).isEqualTo(numbers);
        }
        record = next(record, workload);
        float[] sent = dev.thirteen.kit.AdapterWire.read(record.getAdapter(), blobs::get)
                .values();
        workload.close();
        int own = numbers / 6;
        int gates = name.equals("AdaLoRA") ? 3 : 1;
        long kept = 0;
        for (int i = 0; i < numbers; i++) if (i % own >= own - gates && sent[i] != 0) kept++;
        assertThat(kept).isEqualTo(name.equals("AdaLoRA") ? 6 : 2);
        assertThat(Arrays.equals(sent, new float[numbers])).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void aFamilyLearnsCompletionsThatAreGiven(String name, FamilySpec.Builder family, int numbers, int free) {
        RunSpec.Builder supervised = spec(family).toBuilder().clearReward().setSamplesPerGroup(1);
        supervised.getAlgorithmBuilder().setName("sft").setClipLow(0).setClipHigh(0);
        // The same examples in all steps.
        supervised.setGroupsPerStep(4).getOptimizerBuilder().setLearningRate(0.01);
        var spec = RunWire.spec(supervised.setSteps(3).build());
        assertThat(spec.problems()).isEmpty();
        RunState created = Records.created(supervised.build(), Instant.EPOCH);
        Workload workload = models.prepare(created, _ -> {});
        RunState record = Records.prepared(created, spec, workload, blobs::put);
        assertThat(workload.prompts().examples(0)).hasSize(4).allSatisfy(example -> {
            assertThat(example.completionTokens().length).isGreaterThan(1);
        });
        for (int step = 0; step < 3; step++) {
            StepOutcome outcome = new StepComputation(spec, record, List::of, blobs::get)
                    .compute(workload, Gradients.here(workload), 256);
            assertThat(outcome).isInstanceOf(StepOutcome.Computed.class);
            StepOutcome.Computed computed = (StepOutcome.Computed) outcome;
            assertThat(computed.metrics().getSkipped()).isEmpty();
            assertThat(computed.metrics().getLoss()).isPositive();
            assertThat(computed.metrics().getGradNorm()).isPositive();
            record = Records.trained(record, spec, computed, computed.metrics(), blobs::put);
        }
        workload.close();
        assertThat(record.getStep()).isEqualTo(3);
    }

    /** Loss and slopes of a LoRA on the query projections, as transformers and PEFT compute them in fp32. */
    @Test
    void theSupervisedLossIsThatOfPyTorch() throws IOException {
        JsonNode golden = new ObjectMapper().readTree(getClass().getResource("/golden/sft.json"));
        FamilySpec.Builder family = onQuery();
        family.setLora(LoraSpec.newBuilder()
                .setRank(golden.get("rank").asInt())
                .setAlpha(golden.get("alpha").asDouble()));
        RunSpec.Builder supervised = spec(family).toBuilder();
        supervised.getAlgorithmBuilder().setName("sft").setClipLow(0).setClipHigh(0);
        Workload workload = models.prepare(Records.created(supervised.build(), Instant.EPOCH), _ -> {});
        List<PolicyGradient.Sequence> examples = new ArrayList<>();
        for (int i = 0; i < golden.get("prompts").size(); i++) {
            examples.add(new PolicyGradient.Sequence(
                    ids(golden.get("prompts").get(i)),
                    ids(golden.get("completions").get(i))));
        }
        StepSamples samples = StepSamples.given(examples);
        GradientTask task = new GradientTask(
                values(),
                samples.groups().stream().flatMap(List::stream).toList(),
                RunWire.spec(supervised.build()).objective(),
                samples.totals().orElseThrow(),
                1,
                256);
        GradientSums sums = task.on(workload);
        workload.close();
        assertThat(sums.measures().loss()).isCloseTo(golden.get("loss").asDouble(), within(1e-4));
        assertThat(AdamW.norm(sums.gradient())).isCloseTo(golden.get("norm").asDouble(), within(1e-3));
        int every = golden.get("every").asInt();
        for (int i = 0; i < golden.get("slopes").size(); i++) {
            assertThat(sums.gradient()[i * every])
                    .as("slope %d", i * every)
                    .isCloseTo(golden.get("slopes").get(i).asDouble(), within(1e-4));
        }
    }

    private static int[] ids(JsonNode list) {
        return new ObjectMapper().convertValue(list, int[].class);
    }

    /** The formula of scripts/sft_golden.py: A and B of six layers, each from a seed of its own. */
    private static float[] values() {
        float[] values = new float[6 * 2 * 384];
        for (int i = 0; i < values.length; i++) {
            int seed = 1 + i / 384;
            double part = Math.sin((i % 384 + 1) * 12.9898 + seed * 78.233) * 43758.5453;
            values[i] = (float) ((part - (long) part + 1) % 1 * 0.2 - 0.1);
        }
        return values;
    }

    private static RunState next(RunState record, Workload workload) {
        StepOutcome.Computed outcome = EngineFixture.step(blobs, record, workload);
        return Records.trained(record, RunWire.spec(record.getSpec()), outcome, outcome.metrics(), blobs::put);
    }

    private static RunSpec spec(FamilySpec.Builder family) {
        RunSpec.Builder spec = EngineFixture.spec(1).clearAdapter();
        return spec.setFamilyAdapter(family.setSeed(5).setValueType(ValueType.VALUE_TYPE_BF16))
                .build();
    }
}
