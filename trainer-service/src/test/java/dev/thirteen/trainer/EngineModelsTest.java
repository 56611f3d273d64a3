package dev.thirteen.trainer;

import static dev.thirteen.trainer.EngineFixture.spec;
import static dev.thirteen.trainer.EngineFixture.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.thirteen.core.adapter.AdapterSize;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.Basis;
import dev.thirteen.engine.EngineOptions;
import dev.thirteen.engine.ModelStore;
import dev.thirteen.engine.Precision;
import dev.thirteen.kit.AdapterWire;
import dev.thirteen.kit.Caller;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Quotas;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.ShareWork;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import dev.thirteen.proto.policy.v1.AdapterFormat;
import dev.thirteen.proto.policy.v1.FamilySpec;
import dev.thirteen.proto.policy.v1.FullSpec;
import dev.thirteen.proto.policy.v1.Tying;
import dev.thirteen.proto.policy.v1.ValueType;
import dev.thirteen.proto.rollout.v1.GroupId;
import dev.thirteen.proto.training.v1.GradientRequest;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine's side of the trainer, on the bundled model. In the booted service, which alone may load the natives. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class EngineModelsTest {
    @TempDir
    static Path cache;

    private static final RunIndex INDEX = Fixtures.index();
    private static Blobs blobs;
    private static EngineModels models;

    @Inject
    KafkaClients clients;

    @Inject
    RecordWriter writer;

    @Inject
    Tracing tracing;

    @Inject
    Quotas quotas;

    @BeforeAll
    static void open() {
        EngineFixture fixture = EngineFixture.open(cache, INDEX);
        blobs = fixture.blobs();
        models = fixture.models();
    }

    @AfterAll
    static void close() {
        models.close();
    }

    @Test
    void aRunIsPreparedAndItsStepsAreTheSameBitsAgain() throws IOException {
        RunState created = Records.created(spec(13).build(), Instant.EPOCH);
        List<String> activities = new ArrayList<>();
        Workload workload = models.prepare(created, activities::add);
        assertThat(activities).anyMatch(words -> words.equals("deriving the basis: module 42 of 42"));
        assertThat(workload.family().trainedNumbers()).isEqualTo(13);
        RunState ready = Records.prepared(created, RunWire.spec(created.getSpec()), workload, blobs::put);
        INDEX.committed(ready);

        StepOutcome.Computed first = step(blobs, ready, workload);
        workload.close();
        // As after a restart: the basis comes from the blobs, under its digest.
        Workload again = models.prepare(ready, activities::add);
        assertThat(again.basisDigest()).isEqualTo(ready.getAdapter().getBasisDigest());
        StepOutcome.Computed second = step(blobs, ready, again);
        again.close();
        assertThat(second.state().adam().master())
                .isEqualTo(first.state().adam().master())
                .isNotEqualTo(new float[13]);
        assertThat(measures(second)).isEqualTo(measures(first));
        assertThat(first.metrics().getGradNorm()).isPositive();
        Path exported = Files.createDirectory(cache.resolve("exported"));
        models.export(NamedAdapters.latest(ready), AdapterFormat.ADAPTER_FORMAT_UNSPECIFIED, exported);
        assertThat(exported.toFile().list()).contains("adapter_config.json", "adapter_model.safetensors");
    }

    @Test
    void aRunOfSomeModulesIsTheSameAfterARestartAndToOthers() {
        RunSpec.Builder asked = spec(3);
        asked.getAdapterBuilder().setTargetPattern(".*\\.[05]\\.(self_attn\\.q|mlp\\.down)_proj");
        RunState created = Records.created(asked.build(), Instant.EPOCH);
        List<String> activities = new ArrayList<>();
        Workload workload = models.prepare(created, activities::add);
        assertThat(activities)
                .filteredOn(words -> words.startsWith("deriving"))
                .last()
                .isEqualTo("deriving the basis: module 4 of 4");
        RunState ready = Records.prepared(created, RunWire.spec(created.getSpec()), workload, blobs::put);
        INDEX.committed(ready);
        StepOutcome.Computed first = step(blobs, ready, workload);
        workload.close();
        assertThat(first.metrics().getGradNorm()).isPositive();
        // What a rollout pod compares: the shape that travels and that of the basis.
        assertThat(AdapterWire.read(ready.getAdapter())
                        .spec()
                        .orElseThrow()
                        .targets()
                        .pattern())
                .isEqualTo(asked.getAdapter().getTargetPattern());

        Workload again = models.prepare(ready, _ -> {});
        StepOutcome.Computed second = step(blobs, ready, again);
        again.close();
        assertThat(second.state().adam().master())
                .isEqualTo(first.state().adam().master())
                .hasSize(3);
    }

    @Test
    void projectionsOfRunsThatGoOnLeaveRoomForEachOther() {
        try (ModelStore store = new ModelStore(new ModelStore.Options(
                Path.of(System.getProperty("thirteen.home"), "models"),
                false,
                1,
                new EngineOptions(Precision.FP32, 1)))) {
            BaseModel base = store.get("tiny-arithmetic");
            long each = 4L * 13 * 2 * 2 * base.shape().modules().size();
            RunBases bases = new RunBases(blobs, Fixtures.index(), 2 * each);
            List<Basis> live = new ArrayList<>();
            for (int seed = 1; seed <= 2; seed++) live.add(bases.of(projectedBy(seed, ""), base, _ -> {}));

            assertThat(live).extracting(Basis::projectionBytes).containsExactly(each, each);
            assertThat(bases.of(projectedBy(1, live.getFirst().digest()), base, _ -> {}))
                    .isSameAs(live.getFirst());
            assertThatThrownBy(() -> bases.of(projectedBy(3, ""), base, _ -> {}))
                    .isInstanceOfSatisfying(
                            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CONFLICT))
                    .hasMessageContaining("take 17,472 bytes and those of this run 8,736; 17,472 are there for them");
            live.removeFirst();
            assertThat(bases.of(projectedBy(3, ""), base, _ -> {}).projectionBytes())
                    .isEqualTo(each);
        }
    }

    private static RunState projectedBy(long seed, String recorded) {
        RunSpec.Builder spec = spec(13);
        spec.getAdapterBuilder().setProjectionSeed(seed);
        RunState.Builder record = Records.created(spec.build(), Instant.EPOCH).toBuilder();
        record.getAdapterBuilder().setBasisDigest(recorded);
        return record.build();
    }

    @Test
    void theKlOfARunIsAgainstTheBaseAndThatOfAForkAgainstItsParent() {
        RunSpec.Builder asked = spec(13);
        asked.getAlgorithmBuilder().setKlInLoss(0.1);
        asked.getOptimizerBuilder().setLearningRate(0.5);
        RunState created = Records.created(asked.build(), Instant.EPOCH);
        Workload workload = models.prepare(created, _ -> {});
        var spec = RunWire.spec(created.getSpec());
        RunState ready = Records.prepared(created, spec, workload, blobs::put);

        StepOutcome.Computed first = step(blobs, ready, workload);
        RunState moved = Records.trained(ready, spec, first, first.metrics(), blobs::put);
        RunState.Builder fork = moved.toBuilder();
        fork.getOriginBuilder().setPolicyVersion(Records.version("parent", 1)).setAdapter(moved.getAdapter());

        // With zeros the run is its base, and a fork begins as its parent.
        assertThat(first.metrics().getKl()).isBetween(0.0, 1e-9);
        assertThat(step(blobs, moved, workload).metrics().getKl()).isGreaterThan(1e-4);
        assertThat(step(blobs, fork.build(), workload).metrics().getKl()).isBetween(0.0, 1e-9);
        workload.close();
    }

    @Test
    void aPromptThatLeavesNoRoomIsNamed() {
        RunSpec.Builder spec = spec(13);
        spec.getSamplingBuilder().setMaxTokens(100_000);
        assertThatThrownBy(() -> models.prepare(Records.created(spec.build(), Instant.EPOCH), _ -> {}))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("': the prompt has ")
                .hasMessageContaining("sampling.max-tokens 100000");
    }

    @Test
    void theLongestProblemIsTriedBeforeAnythingIsLoaded() {
        var asked = RunWire.spec(spec(13).build());
        List<Problem> problems = List.of(
                new Problem("short", "3+4?", "7", ""),
                new Problem("long", "1+".repeat(200) + "1?", "201", ""),
                new Problem("other", "3+5?", "8", ""));
        int most = asked.sampling().maxTokens();
        assertThatThrownBy(() -> models.requireRoom(asked, problems))
                .isInstanceOf(Failure.class)
                .hasMessage(
                        "problem 'long': the prompt has 403 tokens; with sampling.max-tokens %d there is room for 1 to %d"
                                .formatted(most, 256 - most));
        assertThatCode(() -> models.requireRoom(asked, problems.subList(0, 1))).doesNotThrowAnyException();
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        assertThat(problems(folder("elsewhere"))).hasSize(1).allMatch(text -> text.contains("elsewhere/config.json"));
        assertThat(problems(folder("/tmp")))
                .hasSize(1)
                .allMatch(text -> text.contains("absolute paths are not allowed"));
        assertThat(problems(folder("tiny-arithmetic"))).isEmpty();
    }

    @Test
    void whatTheModelCannotDoIsSaidBeforeAnythingStarts() {
        Path tiny = Path.of(System.getProperty("thirteen.home"), "models", "tiny-arithmetic")
                .toAbsolutePath()
                .normalize();
        // 256 positions, key and value 96 wide, no chat template; 42 modules with a vector each.
        RunSpec.Builder spec = spec(2048);
        spec.getPromptBuilder().setChat(true);
        spec.getSamplingBuilder().setMaxTokens(256);
        spec.setSamplesPerGroup(257);
        spec.getAdapterBuilder().setRank(97).setTying(Tying.TYING_TILED).setNTie(1);
        assertThat(problems(spec))
                .containsExactly(
                        "prompt.chat: must be false: the model has no chat template: " + tiny
                                + " has neither chat_template.jinja nor a chat_template in tokenizer_config.json",
                        "sampling.max-tokens: must leave room for a prompt in the 256 tokens of a sequence (positions of"
                                + " the base model), not be 256",
                        "samples-per-group: must be at most 256, the rows that are decoded together"
                                + " (thirteen.engine.max-rows), not 257",
                        "adapter.rank: must be at most 96, the smallest side of an adapted module of the base"
                                + " model, not 97");
    }

    /** 42 modules; u * 96 * 96 numbers of P in each. */
    @Test
    void moreFrozenNumbersThanAHeapHoldsAreRefused() {
        RunSpec.Builder spec = spec(65_536);
        spec.getAdapterBuilder().setRank(96);
        assertThat(problems(spec))
                .first(InstanceOfAssertFactories.STRING)
                .startsWith(
                        "adapter: must have fewer frozen numbers, of which P has u * rank * rank a module: they take"
                                + " 101,")
                .contains("Lower u or rank");
    }

    /** Queries are 192 wide. */
    @Test
    void modulesThatTheModelDoesNotHaveAreNamedAndTheOthersAreTheMeasure() {
        RunSpec.Builder spec = spec(2);
        spec.getAdapterBuilder().setTargetPattern("model.layers.7.*");
        assertThat(problems(spec))
                .containsExactly("adapter.target-modules: model.layers.7.* chooses no module of the model");
        spec.getAdapterBuilder().clearTargetPattern().addTargetModules("q_proj").setRank(97);
        assertThat(problems(spec)).isEmpty();
        spec.getAdapterBuilder().setTying(Tying.TYING_TILED).setNTie(1);
        assertThat(models.size(RunWire.spec(spec.build()))).isEqualTo(new AdapterSize(12, 12));
    }

    private static RunSpec.Builder family(FamilySpec.Builder family) {
        return spec(1).clearAdapter().setFamilyAdapter(family.setValueType(ValueType.VALUE_TYPE_BF16));
    }

    @Test
    void aRankThatIsTooLargeIsNamedAsTheRunFileNamesIt() {
        FamilySpec.Builder family = FamilySpec.newBuilder();
        family.getLoraBuilder().setRank(97).setAlpha(8);
        String why = "must be at most 96, the smallest side of an adapted module of the base model, not 97";
        assertThat(problems(family(family))).containsExactly("adapter.rank: " + why);
        family.getAdaLoraBuilder()
                .setAlpha(8)
                .setInitialRank(97)
                .setTargetRank(8)
                .setInterval(1)
                .setSensitivityDecay(0.85)
                .setUncertaintyDecay(0.85);
        assertThat(problems(family(family))).containsExactly("adapter.initial-rank: " + why);
    }

    /** Widths of Qwen2.5-3B, whose linears have more than 2^31 weights. */
    @Test
    void moreNumbersThanOneArrayHoldsAreAProblemOfTheAdapter(@TempDir Path root) throws IOException {
        Path tiny = Path.of(System.getProperty("thirteen.home"), "models", "tiny-arithmetic");
        String config = Files.readString(tiny.resolve("config.json"))
                .replace("\"hidden_size\" : 192", "\"hidden_size\" : 2048")
                .replace("\"intermediate_size\" : 576", "\"intermediate_size\" : 11008")
                .replace("\"num_attention_heads\" : 4", "\"num_attention_heads\" : 16")
                .replace("\"num_hidden_layers\" : 6", "\"num_hidden_layers\" : 36");
        Files.writeString(Files.createDirectory(root.resolve("wide")).resolve("config.json"), config);
        RunSpec.Builder spec = family(FamilySpec.newBuilder().setFull(FullSpec.getDefaultInstance()));
        spec.getBaseModelBuilder().setFolder("wide");
        EngineModels wide = EngineFixture.open(cache, INDEX, root).models();
        long layer = 2 * 2048 * 2048 + 2 * 256 * 2048 + 3 * 11008 * 2048;
        assertThat(problems(wide, spec))
                .containsExactly("adapter: gives " + 36 * layer + " numbers, of which at most 2147483647 can be one"
                        + " adapter's: choose fewer modules (adapter.target-modules) or a smaller rank");
        wide.close();
    }

    /** A budget of which u is cut to 65536 a module: a state of 33 MB. */
    @Test
    void whatABudgetDecidesIsAProblemOfTheBudget() {
        TrainerConfig lowered = TrainerConfigTest.mapped(Map.of("thirteen.trainer.max-state-bytes", "2000000"));
        StateRules states = new StateRules(models, new CheckpointVolumes(lowered), lowered);
        RunAdmission admission = new RunAdmission(INDEX, models, blobs, new DataSets(blobs), lowered, quotas, states);
        RunSpec.Builder spec = spec(1);
        spec.getBudgetBuilder().setNumbers(1_000_000_000);
        assertThatThrownBy(() -> admission.admit(
                        Caller.ANYBODY, spec.build(), RunAdmission.Files.MUST_BE_THERE, RunAdmission.Definition.STATED))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.fields()).singleElement().satisfies(problem -> {
                            assertThat(problem.path()).isEqualTo("adapter.budget");
                            assertThat(problem.problem()).startsWith("gives 2752512 numbers, whose state has 33030144");
                        }));
    }

    private static RunSpec.Builder folder(String name) {
        RunSpec.Builder spec = spec(13);
        spec.getBaseModelBuilder().setFolder(name);
        return spec;
    }

    private static List<String> problems(RunSpec.Builder spec) {
        return problems(models, spec);
    }

    private static List<String> problems(EngineModels models, RunSpec.Builder spec) {
        return models.problems(RunWire.spec(spec.build())).stream()
                .map(problem -> problem.path() + ": " + problem.problem())
                .toList();
    }

    @Test
    void replicasThatComeAndDieChangeNoBit() throws Exception {
        RunSpec.Builder spec =
                spec(13).setDeterministic(true).setGroupsPerStep(24).setName("spread");
        spec.getAlgorithmBuilder().setUpdatesPerStep(2).setEntropyBonus(0.01).setKlInLoss(0.1);
        replicasThatComeAndDieChangeNoBit(spec, 24);
    }

    /** 147,456 numbers: values by digest, and an answer in two pieces. */
    @Test
    void replicasThatComeAndDieChangeNoBitOfALargeAdapter() throws Exception {
        RunSpec.Builder spec = spec(1).clearAdapter()
                .setDeterministic(true)
                .setGroupsPerStep(8)
                .setName("spread-large");
        spec.getFamilyAdapterBuilder().setSeed(5).setValueType(ValueType.VALUE_TYPE_BF16);
        spec.getFamilyAdapterBuilder()
                .addTargetModules("down_proj")
                .getLoraBuilder()
                .setRank(32)
                .setAlpha(32);
        replicasThatComeAndDieChangeNoBit(spec, 8);
    }

    private void replicasThatComeAndDieChangeNoBit(RunSpec.Builder spec, int groups) throws Exception {
        RunState created = Records.created(spec.build(), Instant.EPOCH);
        Workload workload = models.prepare(created, _ -> {});
        RunState record = Records.prepared(created, RunWire.spec(created.getSpec()), workload, blobs::put);
        Message alone = measures(step(blobs, record, workload, Gradients.here(workload), groups));
        StepOutcome.Computed exact = step(blobs, record, workload, Gradients.here(workload), groups);

        AtomicInteger taken = new AtomicInteger();
        GradientReplica replica = new GradientReplica(models, writer, blobs::get, _ -> 0);
        ShareWork.Handler mortal = new ShareWork.Handler() {
            @Override
            public ShareWork.Outcome handle(ConsumerRecord<String, byte[]> request) throws InterruptedException {
                // Its second part is lost in its hands.
                return taken.incrementAndGet() == 2 ? new ShareWork.Done() : replica.handle(request);
            }

            @Override
            public GroupId idOf(byte[] request) {
                return replica.idOf(request);
            }
        };
        try (SpreadGradients spread = new SpreadGradients(clients);
                ShareWork work = new ShareWork(options(), clients, writer, tracing, mortal)) {
            work.start();
            Peers.await(() -> {
                StepOutcome.Computed shared = step(
                        blobs, record, workload, spread.of(record, RunWire.spec(record.getSpec()), workload), groups);
                assertThat(shared.state().adam().master())
                        .isEqualTo(exact.state().adam().master());
                assertThat(shared.state().adam().first())
                        .isEqualTo(exact.state().adam().first());
                assertThat(measures(shared)).isEqualTo(alone);
                return spread.byReplicas() > 2;
            });
        }
        assertThat(taken.get()).isGreaterThan(2);
        workload.close();
    }

    @Test
    void aReplicaPassesWhatCameTooLate() throws Exception {
        RunState created = Records.created(spec(13).build(), Instant.EPOCH);
        Workload workload = models.prepare(created, _ -> {});
        RunState record = Records.prepared(created, RunWire.spec(created.getSpec()), workload, blobs::put);
        List<GradientRequest> requests = new ArrayList<>();
        Gradients noted = tasks -> {
            tasks.forEach(task -> requests.add(GradientWire.request(record, RunWire.spec(record.getSpec()), task)));
            return Gradients.here(workload).of(tasks);
        };
        step(blobs, record, workload, noted, 2);
        byte[] late = requests.getFirst().toByteArray();
        ConsumerRecord<String, byte[]> asked =
                new ConsumerRecord<>(Topics.GRADIENT_REQUESTS.topic(), 0, 0, "late", late);
        // It would need the base and the basis otherwise.
        GradientReplica empty = new GradientReplica(
                models,
                writer,
                digest -> {
                    throw new Failure(Failure.Kind.NOT_FOUND, digest);
                },
                _ -> 1);
        assertThat(empty.handle(asked)).isEqualTo(new ShareWork.Done());
        workload.close();
    }

    private static ShareWork.Options options() {
        Duration seconds = Duration.ofSeconds(15);
        return new ShareWork.Options(Topics.GRADIENT_REQUESTS, "gradient", 1, seconds, 9, seconds, seconds);
    }

    private static Message measures(StepOutcome.Computed outcome) {
        StepMetrics.Builder metrics = outcome.metrics().toBuilder();
        return metrics.clearGradientMs().build();
    }
}
