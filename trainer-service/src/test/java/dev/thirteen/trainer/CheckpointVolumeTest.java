package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.time.Duration;
import java.util.ArrayList;
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

    private ManyRuns trainer() {
        KafkaClients unused = new KafkaClients("nowhere:1", Duration.ZERO, 1);
        CheckpointVolumes volumes = new CheckpointVolumes(Optional.of(root));
        return new ManyRuns(models, Fixtures.index(), new Blobs(unused, cache::toString, volumes));
    }

    private Path file(String digest) {
        return root.resolve(VOLUME).resolve(digest.replace(':', '-'));
    }

    @Test
    void aRunWhoseStateLiesOnAVolumeEndsWithTheBitsOfOneWhoseStateLiesInKafka() throws IOException {
        ManyRuns kafka = new ManyRuns(models, Fixtures.index());
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
        assertThat(actual.getOptimizerDigest()).isEqualTo(expected.getOptimizerDigest());
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
        Files.delete(state);
        assertThat(pausedBy(halfway))
                .isEqualTo("there is no blob " + halfway.getOptimizerDigest()
                        + " in Kafka, and none on the checkpoint volumes of " + root);

        Files.write(state, good);
        ManyRuns trainer = trainer();
        trainer.goOn(List.of(halfway));
        assertThat(trainer.state("run").getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
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

    private static List<FieldProblem> problems(StateRules rules, String volume) {
        List<FieldProblem> problems = new ArrayList<>();
        rules.check(problems, volume, RunWire.spec(spec("run").build()));
        return problems;
    }
}
