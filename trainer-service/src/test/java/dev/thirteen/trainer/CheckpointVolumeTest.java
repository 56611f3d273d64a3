package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.policy.v1.FamilySpec;
import dev.thirteen.proto.policy.v1.FullSpec;
import dev.thirteen.proto.policy.v1.ValueType;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of the bundled model whose state lies on a checkpoint volume: all of its weights (a state of 32 MB), or a LoRA (2 MB). */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class CheckpointVolumeTest {
    private static final int STEPS = 4;
    private static final String VOLUME = "disk";

    @TempDir
    Path cache;

    @TempDir
    Path root;

    private EngineModels models;

    @BeforeEach
    void open() throws IOException {
        Files.createDirectory(root.resolve(VOLUME));
        models = EngineFixture.open(cache, Fixtures.index()).models();
    }

    @AfterEach
    void close() {
        models.close();
    }

    private static RunSpec.Builder lora(String name) {
        FamilySpec.Builder family = FamilySpec.newBuilder().setValueType(ValueType.VALUE_TYPE_BF16);
        family.getLoraBuilder().setRank(8).setAlpha(8);
        return spec(name).setFamilyAdapter(family).setCheckpointVolume(VOLUME);
    }

    private static RunSpec.Builder spec(String name) {
        RunSpec.Builder spec = EngineFixture.spec(1)
                .clearAdapter()
                .setName(name)
                .setSteps(STEPS)
                .setGroupsPerStep(1)
                .setDeterministic(true);
        return spec.setFamilyAdapter(
                FamilySpec.newBuilder().setFull(FullSpec.getDefaultInstance()).setValueType(ValueType.VALUE_TYPE_BF16));
    }

    private Blobs blobs() {
        KafkaClients unused = new KafkaClients("nowhere:1", Duration.ZERO, 1);
        return new Blobs(unused, cache::toString, new CheckpointVolumes(Optional.of(root)));
    }

    private ManyRuns trainer() {
        return new ManyRuns(models, Fixtures.index(), blobs());
    }

    private Path file(String digest) {
        return root.resolve(VOLUME).resolve(digest.replace(':', '-'));
    }

    @Test
    void aRunWhoseStateLiesOnAVolumeEndsWithTheBitsOfOneWhoseStateLiesInKafka() throws IOException {
        MemoryBlobs inKafka = new MemoryBlobs();
        ManyRuns kafka = new ManyRuns(models, Fixtures.index(), inKafka);
        kafka.live(List.of(spec("run").build()));
        RunState expected = kafka.state("run");
        assertThat(kafka.largest(Topics.BLOBS)).isGreaterThan(30_000_000);

        ManyRuns first = trainer();
        RunState halfway = first.liveTo(spec("run").setCheckpointVolume(VOLUME).build(), 2);
        ManyRuns second = trainer();
        second.goOn(List.of(halfway));
        RunState actual = second.state("run");

        assertThat(actual.getPhase()).as(actual.getReason()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        assertThat(actual.getStep()).isEqualTo(STEPS);
        assertThat(actual.getAdapter()).isEqualTo(expected.getAdapter());
        StateFileTest.assertSame(OptimizerWire.of(actual, blobs()), OptimizerWire.of(expected, inKafka));
        // The records hold digests alone.
        assertThat(first.largest(Topics.BLOBS) + second.largest(Topics.BLOBS)).isZero();
        assertThat(second.largest(Topics.RUN_STATE)).isLessThan(10_000);
        assertThat(file(actual.getOptimizerDigest())).hasSize(Files.size(file(halfway.getOptimizerDigest())));
        assertThat(file(actual.getAdapter().getValuesDigest())).isRegularFile();
        try (Stream<Path> files = Files.list(root.resolve(VOLUME))) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".part"));
        }
    }

    @Test
    void aDamagedOrMissingStatePausesItsRunByNameAndAGoodCopyLetsItGoOn() throws IOException {
        RunState halfway = trainer().liveTo(lora("run").build(), 2);
        Path state = file(halfway.getOptimizerDigest());
        byte[] good = Files.readAllBytes(state);

        byte[] bad = good.clone();
        bad[bad.length / 2] ^= 1;
        Files.write(state, bad);
        assertThat(pausedBy(halfway))
                .isEqualTo("the checkpoint " + state + " is damaged: put back a copy whose SHA-256 is its name");
        Files.write(state, Arrays.copyOf(good, 100));
        assertThat(pausedBy(halfway)).startsWith("the checkpoint " + state + " is damaged");
        Files.delete(state);
        assertThat(pausedBy(halfway))
                .isEqualTo("there is no blob " + halfway.getOptimizerDigest()
                        + " in Kafka, and none on the checkpoint volumes of " + root);

        Files.write(state, good);
        ManyRuns trainer = trainer();
        trainer.goOn(List.of(halfway));
        assertThat(trainer.state("run").getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
    }

    /** As states were kept on volumes once, and are in Kafka. */
    @Test
    void aStateThatIsAMessageIsReadToo() throws IOException {
        RunState halfway = trainer().liveTo(lora("run").build(), 2);
        ManyRuns next = trainer();
        next.goOn(List.of(halfway));

        OptimizerWire.Kept kept = OptimizerWire.of(halfway, blobs());
        byte[] message =
                OptimizerWire.optimizer(kept.state(), kept.skippedInARow()).toByteArray();
        String digest = Digests.sha256(message);
        Files.write(file(digest), message);
        ManyRuns other = trainer();
        other.goOn(List.of(halfway.toBuilder().setOptimizerDigest(digest).build()));

        assertThat(other.state("run").getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        assertThat(other.state("run").getAdapter()).isEqualTo(next.state("run").getAdapter());
    }

    @Test
    void whatAKilledTrainerLeftIsRemovedLater() throws IOException {
        CheckpointVolumes volumes = new CheckpointVolumes(Optional.of(root));
        Path old = Files.createFile(root.resolve(VOLUME).resolve("old.part"));
        Path young = Files.createFile(root.resolve(VOLUME).resolve("young.part"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));

        assertThat(volumes.write(VOLUME, out -> out.write(1)).added()).isTrue();
        assertThat(volumes.write(VOLUME, out -> out.write(1)).added()).isFalse();
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThatThrownBy(() -> volumes.write(VOLUME, out -> {
                    out.write(2);
                    throw new IOException("no room");
                }))
                .hasMessage("checkpoint volume 'disk' does not take a file: no room");
        try (Stream<Path> files = Files.list(root.resolve(VOLUME))) {
            assertThat(files.filter(file -> file.toString().endsWith(".part"))).containsExactly(young);
        }
    }

    private String pausedBy(RunState record) {
        ManyRuns trainer = trainer();
        trainer.goOn(List.of(record));
        RunState paused = trainer.state("run");
        assertThat(paused.getPhase()).isEqualTo(RunPhase.RUN_PHASE_PAUSED);
        assertThat(paused.getStep()).isEqualTo(record.getStep());
        return paused.getReason();
    }

    @Test
    void aVolumeThatGoesAwayStopsItsRunAlone() throws IOException {
        ManyRuns trainer = trainer();
        RunState running = trainer.liveTo(lora("run").build(), 1);
        byte[] state = Files.readAllBytes(file(running.getOptimizerDigest()));
        // The state can be read, and nothing can be written.
        Files.createDirectory(root.resolve("other"));
        Files.write(
                root.resolve("other").resolve(file(running.getOptimizerDigest()).getFileName()), state);
        Files.move(root.resolve(VOLUME), cache.resolve("away"));

        ManyRuns next = trainer();
        RunSpec small = EngineFixture.spec(13)
                .setName("small")
                .setSteps(2)
                .setGroupsPerStep(1)
                .build();
        next.live(List.of(small));
        next.goOn(List.of(running));

        assertThat(next.state("run").getPhase()).isEqualTo(RunPhase.RUN_PHASE_PAUSED);
        assertThat(next.state("run").getReason()).startsWith("checkpoint volume 'disk' does not take a file");
        assertThat(next.state("small").getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        next.live(List.of(lora("never").build()));
        assertThat(next.state("never").getPhase()).isEqualTo(RunPhase.RUN_PHASE_FAILED);
    }

    @Test
    void aStateAboveTheLimitNeedsAVolumeThatIsThere() {
        TrainerConfig lowered = TrainerConfigTest.mapped(Map.of(
                "thirteen.trainer.max-state-bytes", "2000000", "thirteen.trainer.checkpoint-root", root.toString()));
        StateRules rules = new StateRules(models, new CheckpointVolumes(lowered), lowered);

        assertThat(problems(rules, ""))
                .containsExactly(
                        new FieldProblem(
                                "adapter",
                                "gives 2654208 numbers, whose state has 31850496 bytes: Kafka keeps at most 2000000 (thirteen.trainer.max-state-bytes), more needs a checkpoint-volume"));
        assertThat(problems(rules, VOLUME)).isEmpty();
        assertThat(problems(rules, "none"))
                .containsExactly(new FieldProblem(
                        "checkpoint-volume", "must name a folder of " + root + " that the trainer may write to"));
        assertThat(problems(rules, "../etc")).extracting(FieldProblem::path).containsExactly("checkpoint-volume");
        TrainerConfig without = TrainerConfigTest.mapped(Map.of());
        StateRules bare = new StateRules(models, new CheckpointVolumes(without), without);
        assertThat(problems(bare, "")).isEmpty();
        assertThat(problems(bare, VOLUME))
                .containsExactly(new FieldProblem(
                        "checkpoint-volume",
                        "must not be set: this trainer has no checkpoint volumes (thirteen.trainer.checkpoint-root)"));
    }

    /** All weights of a model of half a billion, whose state has 4.3 GB; of one of 1.3 billion the values are too many. */
    @Test
    void aVolumeTakesStatesWhoseValuesCanBeSent() {
        TrainerConfig config = TrainerConfigTest.mapped(Map.of("thirteen.trainer.checkpoint-root", root.toString()));
        StateRules rules = new StateRules(models, new CheckpointVolumes(config), config);
        var bf16 = RunWire.spec(spec("run").build());

        assertThat(rules.problem(bf16, 357_826_560, VOLUME)).isEmpty();
        for (String volume : List.of(VOLUME, "")) {
            assertThat(rules.problem(bf16, 1_310_000_000, volume))
                    .contains(
                            "values have 2620000000 bytes: at most 2000000000 can be sent, choose fewer modules (adapter.target-modules) or a smaller rank");
        }
        assertThat(rules.problem(bf16, 357_826_560, "").orElseThrow()).startsWith("state has 4293918720 bytes: ");
    }

    private static List<FieldProblem> problems(StateRules rules, String volume) {
        List<FieldProblem> problems = new ArrayList<>();
        rules.check(problems, volume, RunWire.spec(spec("run").build()));
        return problems;
    }
}
