package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.run.GroupRequest;
import dev.thirteen.core.run.RunEvent;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import dev.thirteen.proto.rollout.v1.DeadLetter;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepRecord;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A trainer that is killed before or after any of its transactions, and started again from what the topics hold. */
class RecoveryTest {
    private static final RunSpec SPEC = Fixtures.spec("run", "sha256:" + "d".repeat(64))
            .setSteps(4)
            .setGroupsPerStep(3)
            .setMaxStaleness(1)
            .setDeterministic(true)
            .build();

    @Test
    void nothingIsDoubledOrLostWhereverTheTrainerIsKilled() throws Exception {
        World quiet = new World(-1, false);
        quiet.live();
        quiet.check();
        assertThat(quiet.writes).isEqualTo(7); // created, prepared, one refill, four steps
        checkKilled(quiet.writes, List.of(), quiet.values());
    }

    /** Whatever write the trainer is killed before or after, the run ends with these values. */
    private static void checkKilled(int writes, List<RunEvent> wishes, ByteString values) throws Exception {
        for (int write = 0; write < writes; write++) {
            for (boolean after : new boolean[] {false, true}) {
                World killed = new World(write, after);
                killed.wishes = wishes;
                killed.live();
                killed.check();
                assertThat(killed.values())
                        .as("killed %s write %d", after ? "after" : "before", write)
                        .isEqualTo(values);
            }
        }
    }

    @Test
    void aRunThatIsPausedWhileItIsPreparedGoesOnWhereverTheTrainerIsKilled() throws Exception {
        World quiet = new World(-1, false);
        quiet.live();
        List<RunEvent> pause = List.of(new RunEvent.Pause());
        List<RunEvent> both = List.of(new RunEvent.Pause(), new RunEvent.Resume());
        for (List<RunEvent> wishes : List.of(pause, both)) {
            World calm = new World(-1, false);
            calm.wishes = wishes;
            calm.live();
            calm.check();
            assertThat(calm.values()).isEqualTo(quiet.values());
            assertThat(calm.writes).isEqualTo(9); // created, paused, prepared, resumed, one refill, four steps
            checkKilled(5, wishes, quiet.values());
        }
    }

    /** What is sent twice, or read again after a restart, is no loss of the run. */
    @Test
    void staleAndReplacedGroupsAreCountedOnceWhereverTheTrainerIsKilled() throws Exception {
        RunSpec.Builder replacing = SPEC.toBuilder();
        replacing.getAlgorithmBuilder().setDynamicSampling(true).setMaxRefills(2);
        // Created, prepared, three groups asked for again, four steps; then one that nobody kills.
        for (int write = 0; write <= 9; write++) {
            for (boolean after : new boolean[] {false, true}) {
                World world = new World(replacing.build(), write, after);
                world.answers = RecoveryTest::replacedThenStale;
                world.live();
                String killed = "killed %s write %d".formatted(after ? "after" : "before", write);
                assertThat(world.steps)
                        .as(killed)
                        .extracting(step -> step.getMetrics().getReplacedGroups())
                        .containsExactly(0, 1, 0, 0);
                int dropped = world.steps.stream()
                        .mapToInt(step -> step.getMetrics().getDropped())
                        .sum();
                assertThat(dropped).as(killed).isEqualTo(1);
                assertThat(world.writes).as(killed).isGreaterThanOrEqualTo(9);
            }
        }
    }

    /** First attempts: one of step 1 has equal rewards, one of step 3 is of a policy that is too old. */
    private static void replacedThenStale(ScoredRollout.Builder scored) {
        RolloutRequest.Builder request = scored.getRolloutBuilder().getRequestBuilder();
        if (request.getId().getAttempt() > 0 || request.getId().getGroup() > 0) return;
        if (request.getId().getStep() == 1) scored.getVerdictsBuilder(1).setReward(1);
        if (request.getId().getStep() == 3) request.getPolicyVersionBuilder().setStep(1);
    }

    /** Nothing that the topics hold says so again: its record must. */
    @Test
    void aGroupThatWasGivenUpIsAskedForWhenTheRunIsResumedAfterARestart() throws Exception {
        World silent = new World(SPEC.toBuilder().setDeterministic(false).build(), -1, false);
        Trainer first = new Trainer(silent);
        first.start();
        while (silent.state().getPhase() != RunPhase.RUN_PHASE_PAUSED) {
            silent.now = silent.now.plus(Duration.ofDays(1));
            first.driver.checkDeadlines();
        }
        assertThat(silent.state().getReason())
                .isEqualTo("group 0 of step 1 failed 5 times, last: not answered in time");
        int asked = silent.requests.size();

        Trainer second = new Trainer(silent);
        second.start();
        second.resumeIfPaused();

        assertThat(silent.requests.subList(asked, silent.requests.size()))
                .extracting(request -> RunWire.request(request.getId()))
                .containsExactly(new GroupRequest(0, 0, 5));
    }

    @Test
    void aRunThatFindsNoMemorySaysWhatWouldHelpAndGoesOnWhenThereIsSome() throws Exception {
        World world = new World(-1, false);
        world.full = true;
        Trainer trainer = new Trainer(world);
        trainer.start();
        assertThat(world.state().getPhase()).isEqualTo(RunPhase.RUN_PHASE_FAILED);
        assertThat(world.state().getReason())
                .startsWith("no memory is left (Java heap space): this trainer's heap has ")
                .endsWith(" bytes. Give it more or cancel other runs, then resume this one");

        world.full = false;
        trainer.driver.command("run", new RunEvent.Resume(), new CompletableFuture<>());
        trainer.deliver();
        assertThat(world.state().getPhase()).isEqualTo(RunPhase.RUN_PHASE_RUNNING);
    }

    @Test
    void aRunThatFailedIsPreparedAnewAfterARestartToo() throws Exception {
        World quiet = new World(-1, false);
        quiet.live();
        World world = new World(-1, false);
        world.unloadable = 2;
        Trainer first = new Trainer(world);
        first.start();
        assertThat(world.state().getPhase()).isEqualTo(RunPhase.RUN_PHASE_FAILED);
        assertThat(world.state().getReason()).isEqualTo("the folder is empty");

        first.driver.command("run", new RunEvent.Resume(), new CompletableFuture<>());
        assertThat(world.state().getPhase()).isEqualTo(RunPhase.RUN_PHASE_PREPARING);
        assertThat(world.state().getReason()).isEmpty();
        first.deliver();
        assertThat(world.state().getPhase()).isEqualTo(RunPhase.RUN_PHASE_FAILED);

        Trainer second = new Trainer(world);
        second.start();
        CompletableFuture<RunState> resume = new CompletableFuture<>();
        second.driver.command("run", new RunEvent.Resume(), resume);
        assertThat(resume.join().getPhase()).isEqualTo(RunPhase.RUN_PHASE_PREPARING);
        second.deliver();
        world.live();

        world.check();
        assertThat(world.values()).isEqualTo(quiet.values());
    }

    /** After a restart a resume waits for the base; what is asked for later counts. */
    @Test
    void aPauseTakesBackAResumeThatWaits() throws Exception {
        World world = new World(-1, false);
        world.wishes = List.of(new RunEvent.Pause());
        Trainer first = new Trainer(world);
        first.start();
        first.resumeIfPaused();
        first.driver.command("run", new RunEvent.Pause(), new CompletableFuture<>());
        int asked = world.requests.size();
        for (RunEvent last : List.of(new RunEvent.Pause(), new RunEvent.Cancel())) {
            Trainer second = new Trainer(world);
            second.restore();
            CompletableFuture<RunState> resume = new CompletableFuture<>();
            second.driver.command("run", new RunEvent.Resume(), resume);
            second.driver.command("run", last, new CompletableFuture<>());
            second.deliver();
            assertThat(resume).isCompletedExceptionally();
            assertThat(world.state().getPhase())
                    .isEqualTo(
                            last instanceof RunEvent.Cancel ? RunPhase.RUN_PHASE_CANCELLED : RunPhase.RUN_PHASE_PAUSED);
        }
        assertThat(world.requests).hasSize(asked);
    }

    @Test
    void aCommitThatTheTopicsRefusePausesTheRunAndPassesNothing() throws Exception {
        for (int step = 0; step < 4; step++) {
            World world = new World(-1, false);
            world.refusedStep = step;
            world.live();
            world.check();
            assertThat(world.paused).as("refused step %d", step).containsExactly("too large");
        }
    }

    @Test
    void aRunWhoseLogAloneWasRestoredAsksAgainForTheSame() throws Exception {
        World quiet = new World(-1, false);
        quiet.live();
        for (int write = 1; write < quiet.writes; write++) {
            World old = new World(write, false);
            assertThatThrownBy(new Trainer(old)::live).isInstanceOf(Killed.class);
            World restored = new World(-1, false);
            restored.states.putAll(old.states);
            restored.steps.addAll(old.steps);
            restored.live();
            assertThat(restored.values()).as("restored before write %d", write).isEqualTo(quiet.values());
            assertThat(restored.requests).extracting(RolloutRequest::getId).doesNotHaveDuplicates();
        }
    }

    @Test
    void aSupervisedRunThatIsKilledAnywhereEndsWithTheSameBits() throws Exception {
        RunSpec.Builder taught =
                SPEC.toBuilder().clearReward().setSamplesPerGroup(1).setMaxStaleness(0);
        taught.getAlgorithmBuilder().setName("sft").setClipLow(0).setClipHigh(0);
        World quiet = new World(taught.build(), -1, false);
        quiet.live();
        assertThat(quiet.steps).hasSize(4);
        assertThat(quiet.writes).isEqualTo(6); // created, prepared, four steps
        for (int write = 0; write < quiet.writes; write++) {
            for (boolean after : new boolean[] {false, true}) {
                World killed = new World(taught.build(), write, after);
                killed.live();
                assertThat(killed.steps)
                        .as("killed %s write %d", after ? "after" : "before", write)
                        .extracting(StepRecord::getAdapter)
                        .isEqualTo(
                                quiet.steps.stream().map(StepRecord::getAdapter).toList());
                assertThat(killed.state().getSecondMomentList())
                        .isEqualTo(quiet.state().getSecondMomentList());
            }
        }
    }

    /** The process is gone. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** The topics, and rollout and reward as one party that answers each request once. */
    private static final class World implements Journal {
        final Map<String, byte[]> states = new HashMap<>();
        final List<StepRecord> steps = new ArrayList<>();
        final List<RolloutRequest> requests = new ArrayList<>();
        final List<ConsumerRecord<String, byte[]>> inbox = new ArrayList<>();
        final Map<String, Long> committed = new HashMap<>();
        final RunSpec spec;
        final int killAt;
        final boolean killAfter;
        final List<String> paused = new ArrayList<>();
        List<RunEvent> wishes = List.of();
        Instant now = Instant.EPOCH;
        int refusedStep = -1;
        /** How often the base still cannot be loaded. */
        int unloadable;

        /** Whether nothing more fits into the heap. */
        boolean full;

        /** What is odd about the groups that come. */
        Consumer<ScoredRollout.Builder> answers = _ -> {};

        int answered;
        int writes;

        World(int killAt, boolean killAfter) {
            this(SPEC, killAt, killAfter);
        }

        World(RunSpec spec, int killAt, boolean killAfter) {
            this.spec = spec;
            this.killAt = killAt;
            this.killAfter = killAfter;
        }

        void live() throws InvalidProtocolBufferException {
            for (int lives = 0; lives < 3 && !finished(); lives++) {
                try {
                    new Trainer(this).live();
                } catch (Killed e) {
                    assertThat(writes).isEqualTo(killAt + 1);
                }
            }
        }

        @Override
        public Written write(
                List<ProducerRecord<String, byte[]>> records, Map<TopicPartition, OffsetAndMetadata> offsets) {
            boolean trained = records.stream().anyMatch(record -> record.topic().equals(Topics.RUN_STEPS.topic()));
            if (trained && steps.size() == refusedStep) {
                refusedStep = -1;
                return Written.refused("too large");
            }
            boolean kill = writes++ == killAt;
            if (kill && !killAfter) throw new Killed();
            for (ProducerRecord<String, byte[]> record : records) keep(record);
            offsets.forEach((partition, offset) -> committed.put(partition.topic(), offset.offset()));
            if (kill) throw new Killed();
            return Written.committed(trained ? OptionalLong.of(steps.size() - 1) : OptionalLong.empty());
        }

        private void keep(ProducerRecord<String, byte[]> record) {
            try {
                if (record.topic().equals(Topics.RUN_STATE.topic())) states.put(record.key(), record.value());
                if (record.topic().equals(Topics.RUN_STEPS.topic())) steps.add(StepRecord.parseFrom(record.value()));
                if (record.topic().equals(Topics.ROLLOUT_REQUESTS.topic())) {
                    requests.add(RolloutRequest.parseFrom(record.value()));
                }
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Answers what was asked, newest first; parks group 1 of step 2 once; sends every group twice. */
        void answer() {
            for (int i = requests.size() - 1; i >= answered; i--) {
                RolloutRequest request = requests.get(i);
                var id = request.getId();
                if (id.getStep() == 2 && id.getGroup() == 1 && id.getAttempt() == 0) {
                    DeadLetter letter = DeadLetter.newBuilder()
                            .setId(id)
                            .setReason("parked")
                            .build();
                    deliver(Topics.DEAD_LETTERS, letter.toByteArray());
                } else {
                    ScoredRollout.Builder scored = Fixtures.scored(request).toBuilder();
                    answers.accept(scored);
                    deliver(Topics.SCORED_ROLLOUTS, scored.build().toByteArray());
                    deliver(Topics.SCORED_ROLLOUTS, scored.build().toByteArray());
                }
            }
            answered = requests.size();
        }

        private void deliver(Topics topic, byte[] value) {
            // Offsets of a topic may have gaps, so both topics share one row of them.
            inbox.add(new ConsumerRecord<>(topic.topic(), 0, inbox.size(), "run", value));
        }

        boolean finished() throws InvalidProtocolBufferException {
            return state().getPhase() == RunPhase.RUN_PHASE_FINISHED;
        }

        RunState state() throws InvalidProtocolBufferException {
            return RunState.parseFrom(states.getOrDefault("run", new byte[0]));
        }

        ByteString values() {
            return steps.getLast().getAdapter().getValues();
        }

        void check() throws InvalidProtocolBufferException {
            assertThat(finished()).isTrue();
            assertThat(steps)
                    .extracting(step -> step.getPolicyVersion().getStep())
                    .containsExactly(1L, 2L, 3L, 4L);
            for (StepRecord step : steps) {
                assertThat(step.getGroupsList())
                        .extracting(group -> group.getGroup())
                        .containsExactly(0, 1, 2);
            }
            assertThat(steps.get(2).getGroups(1).getAttempt()).isEqualTo(1);
            assertThat(steps.get(2).getMetrics().getRefills()).isEqualTo(1);
            assertThat(requests)
                    .extracting(RolloutRequest::getId)
                    .doesNotHaveDuplicates()
                    .hasSize(4 * 3 + 1);
            for (RolloutRequest request : requests) {
                long expected = Math.max(0, request.getId().getStep() - 1);
                assertThat(request.getPolicyVersion().getStep()).isEqualTo(expected);
            }
        }
    }

    /** One life of a trainer, on one thread. */
    private static final class Trainer {
        private final World world;
        private final Queue<Runnable> mail = new ArrayDeque<>();
        private final RunIndex index;
        private final RunDriver driver;

        Trainer(World world) {
            this.world = world;
            // It holds no step: all are read from the log.
            this.index = new RunIndex(
                    offsets -> offsets.stream()
                            .map(offset -> world.steps.get(offset.intValue()))
                            .toList(),
                    0);
            TrainerConfig config = TrainerConfigTest.mapped(Map.of());
            StepSpans spans = new StepSpans(Tracing.off());
            TrainerMeters meters = new TrainerMeters(new SimpleMeterRegistry());
            InstantSource clock = () -> world.now;
            List<Problem> problems = IntStream.range(0, 10)
                    .mapToObj(i -> new Problem("p" + i, i + "+1", Integer.toString(i + 1)))
                    .toList();
            Function<dev.thirteen.core.run.RunSpec, List<Problem>> read = _ -> {
                if (world.unloadable-- > 0) throw new Failure(Failure.Kind.CALLER, "the folder is empty");
                if (world.full) throw new OutOfMemoryError("Java heap space");
                return problems;
            };
            Models models = new FakeModels(read, Digests::sha256);
            EngineThreads threads = new EngineThreads(Runnable::run, Runnable::run);
            Background background = new Background(models, index, spans, 64, threads, Optional.empty(), mail::add);
            RunCommits commits = new RunCommits(world, index, new MemoryBlobs(), 2, spans, meters, clock);
            RecordedRollouts recorded = (_, _, _) -> List.of();
            driver = new RunDriver(config, index, commits, background, recorded, meters, spans);
        }

        void live() throws InvalidProtocolBufferException {
            start();
            for (int next = 0; !world.finished(); ) {
                while (!mail.isEmpty()) mail.remove().run();
                // A supervised run waits for nobody.
                if (world.finished()) return;
                driver.checkDeadlines();
                resumeIfPaused();
                world.answer();
                assertThat(next).as("a trainer that waits for ever").isLessThan(world.inbox.size());
                ConsumerRecord<String, byte[]> record = world.inbox.get(next++);
                if (record.offset() >= world.committed.getOrDefault(record.topic(), 0L)) driver.record(record);
                while (!mail.isEmpty()) mail.remove().run();
            }
        }

        /** What it does before it reads. */
        private void start() throws InvalidProtocolBufferException {
            restore();
            if (!index.exists("run")) {
                driver.create(world.spec);
                world.wishes.forEach(wish -> driver.command("run", wish, new CompletableFuture<>()));
            }
            deliver();
        }

        private void deliver() {
            while (!mail.isEmpty()) mail.remove().run();
        }

        private void restore() throws InvalidProtocolBufferException {
            for (int i = 0; i < world.steps.size(); i++) index.replayed(world.steps.get(i), i);
            for (byte[] state : world.states.values()) index.committed(RunState.parseFrom(state));
            Instant asked = world.requests.isEmpty() ? Instant.MIN : Instant.EPOCH;
            index.states().forEach(state -> driver.restore(state, asked));
        }

        private void resumeIfPaused() throws InvalidProtocolBufferException {
            if (world.state().getPhase() != RunPhase.RUN_PHASE_PAUSED) return;
            world.paused.add(world.state().getReason());
            driver.command("run", new RunEvent.Resume(), new CompletableFuture<>());
            while (!mail.isEmpty()) mail.remove().run();
        }
    }
}
