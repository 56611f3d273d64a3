package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {
    @TempDir
    private Path home;

    private final List<String> told = new ArrayList<>();
    private StandIns system;
    private Checkout checkout;
    private Supervisor supervisor;
    private Consumer<String> heard = _ -> {};
    private Instant now = Instant.ofEpochSecond(1_000);

    @BeforeEach
    void start() throws IOException {
        system = new StandIns(home);
        checkout = system.checkout;
        record().with(Supervisor.NAME, ProcessHandle.current().pid()).write(checkout.endpoints());
        supervisor = supervisor();
        for (Service service : Service.values()) {
            supervisor.adopt(new Revival(checkout, record(), told::add).start(service.processName()));
        }
    }

    private Supervisor supervisor() {
        InstantSource clock = () -> now;
        return new Supervisor(checkout, clock, sentence -> {
            told.add(sentence);
            heard.accept(sentence);
        });
    }

    @AfterEach
    void end() throws IOException {
        system.close();
    }

    private SystemRecord record() {
        return system.record();
    }

    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        process.onExit().join();
    }

    private boolean pass(Duration time) {
        now = now.plus(time);
        return supervisor.look();
    }

    private Map<String, Long> pids() {
        Map<String, Long> pids = new HashMap<>();
        record().processes().forEach((name, pid) -> pids.put(name, pid.pid()));
        return pids;
    }

    @Test
    void whatEndsIsToldWithItsExitStatusAndItsLogAndStartedAgain() {
        Map<String, Long> before = pids();
        assertThat(pass(Duration.ZERO)).isTrue();
        assertThat(told).isEmpty();

        kill(system.process("rollout-service"));
        pass(Duration.ZERO);
        Path log = record().state().resolve("logs/rollout.log");
        assertThat(told)
                .containsExactly("rollout-service ended: signal 9; its log is " + log + "; it is started again in 1 s");
        assertThat(record().lives("rollout-service")).isFalse();

        pass(Duration.ofSeconds(1));
        assertThat(record().complete()).isTrue();
        Map<String, Long> after = pids();
        assertThat(after.remove("rollout-service")).isNotEqualTo(before.remove("rollout-service"));
        assertThat(after).isEqualTo(before);
    }

    @Test
    void whatEndsAgainAndAgainIsGivenUpAndTheOthersAreNot() throws Exception {
        system.breakDown(Service.REWARD);
        kill(system.process("reward-service"));
        for (int i = 0; i < Restarts.MOST; i++) {
            assertThat(Deadline.await(Duration.ofSeconds(60), () -> !record().lives("reward-service")))
                    .isTrue();
            pass(Duration.ZERO);
            pass(Duration.ofSeconds(30));
        }
        assertThat(told).hasSize(Restarts.MOST);
        assertThat(told.get(1))
                .startsWith("reward-service ended: exit status 3, java.lang.IllegalStateException: broken; its log is ")
                .endsWith("it is started again in 2 s");
        assertThat(told.getLast())
                .endsWith("reward-service has ended 8 times in a row within 5 minutes of its start and is left as it"
                        + " is: `make up` tries again");

        kill(system.process("eval-service"));
        pass(Duration.ZERO);
        pass(Duration.ofHours(1));
        assertThat(record().lives("eval-service")).isTrue();
        assertThat(record().lives("reward-service")).isFalse();
    }

    @Test
    void withoutABrokerNoServiceIsStarted() throws IOException {
        kill(system.process("trainer-service"));
        pass(Duration.ZERO);
        system.kafka.close();
        pass(Duration.ofMinutes(1));
        assertThat(record().lives("trainer-service")).isFalse();
    }

    @Test
    void nothingIsStartedOnceTheSystemIsStoppedOrAnothersToWatch() {
        kill(system.process("trainer-service"));
        pass(Duration.ZERO);
        record().with(Supervisor.NAME, system.broker.pid()).write(checkout.endpoints());
        assertThat(pass(Duration.ofMinutes(1))).isFalse();
        assertThat(record().lives("trainer-service")).isFalse();

        record().with(Supervisor.NAME, ProcessHandle.current().pid()).write(checkout.endpoints());
        supervisor.stop();
        assertThat(pass(Duration.ofMinutes(1))).isFalse();
        assertThat(record().lives("trainer-service")).isFalse();
    }

    @Test
    void nothingIsStartedFromARecordThatVanishedMeanwhile() {
        kill(system.process("eval-service"));
        pass(Duration.ZERO);
        kill(system.process("reward-service"));
        SystemRecord before = record();
        heard = _ -> checkout.forget();
        assertThat(pass(Duration.ofMinutes(1))).isFalse();
        assertThat(told.getLast()).startsWith("reward-service ended");
        assertThat(checkout.endpoints()).doesNotExist();
        before.write(checkout.endpoints());
    }

    @Test
    void anEndThatIsNotTheChildsIsNotWaitedFor() {
        ProcessHandle rollout = system.process("rollout-service");
        Process other = StandIns.sleep();
        kill(other.toHandle());
        record().with("rollout-service", other.pid()).write(checkout.endpoints());
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> pass(Duration.ZERO));
        assertThat(told).hasSize(1);
        assertThat(told.getFirst()).startsWith("rollout-service ended, and only who had started it could tell how");
        kill(rollout);
    }

    @Test
    void aFailedLookIsToldOnceAndTheNextOneGoesOn() throws IOException {
        SystemRecord good = record();
        Files.writeString(checkout.endpoints(), "{");
        assertThat(supervisor.watch()).isTrue();
        assertThat(supervisor.watch()).isTrue();
        assertThat(told).hasSize(1);
        assertThat(told.getFirst()).contains("cannot be read");

        good.write(checkout.endpoints());
        kill(system.process("rollout-service"));
        pass(Duration.ZERO);
        pass(Duration.ofSeconds(1));
        assertThat(record().complete()).isTrue();
    }

    @Test
    void aStartThatFailsUnexpectedlyIsTriedAgainAndTheOthersAreStarted() {
        kill(system.process("rollout-service"));
        kill(system.process("eval-service"));
        pass(Duration.ZERO);
        SystemRecord good = record();
        Map<String, String> wrong = new HashMap<>(good.addresses());
        wrong.put("rollout", "127.0.0.1:none");
        new SystemRecord(good.state(), good.life(), wrong, good.processes()).write(checkout.endpoints());
        assertThat(pass(Duration.ofSeconds(1))).isTrue();
        assertThat(told.getLast())
                .startsWith("unexpected failure: java.lang.NumberFormatException")
                .endsWith("it is started again in 2 s");

        good.write(checkout.endpoints());
        pass(Duration.ofSeconds(2));
        assertThat(record().complete()).isTrue();
    }

    @Test
    void aStartThatIsStoppedStartsNothingMoreAndLeavesTheRecordToWhoStopsIt() {
        kill(system.process("rollout-service"));
        supervisor.stop();
        assertThatThrownBy(supervisor::bringUp).isInstanceOf(Failure.class).hasMessage("the start was cut short");
        assertThat(supervisor.abandon()).isTrue();
        assertThat(record().lives("rollout-service")).isFalse();
        assertThat(record().lives("trainer-service")).isTrue();
    }

    @Test
    void aStartThatFailsEndsAndForgetsOnlyWhatIsItsOwn() throws IOException {
        List<ProcessHandle> parts = record().alive();
        system.breakDown(Service.EVAL);
        kill(system.process("eval-service"));
        assertThatThrownBy(supervisor::bringUp).hasMessageContaining("eval-service ended while starting");
        assertThat(supervisor.abandon()).as("the others lived before").isFalse();
        assertThat(supervisor.look()).isTrue();
        assertThat(told.getLast())
                .startsWith("eval-service ended: exit status 3")
                .endsWith("again in 1 s");

        parts.stream()
                .filter(part -> part.pid() != ProcessHandle.current().pid())
                .forEach(SupervisorTest::kill);
        Files.delete(Service.TRAINER.program(home));
        Supervisor next = supervisor();
        system.kafka.close();
        assertThatThrownBy(next::bringUp).isInstanceOf(Failure.class);
        record().with(Supervisor.NAME, system.broker.pid()).write(checkout.endpoints());
        assertThat(next.abandon()).isTrue();
        assertThat(record().processes().get(Supervisor.NAME).pid()).isEqualTo(system.broker.pid());
        record().with(Supervisor.NAME, ProcessHandle.current().pid()).write(checkout.endpoints());
        assertThat(next.abandon()).isTrue();
        assertThat(checkout.endpoints()).doesNotExist();
    }

    @Test
    void aSupervisorThatNobodyHasRecordedStartsNothing() {
        record().with(Supervisor.NAME, system.broker.pid()).write(checkout.endpoints());
        assertThat(supervisor.awaitRecord(Duration.ZERO)).isFalse();
        record().with(Supervisor.NAME, ProcessHandle.current().pid()).write(checkout.endpoints());
        assertThat(supervisor.awaitRecord(Duration.ZERO)).isTrue();
    }

    @Test
    void aDownEndsTheSupervisorFirst() throws Exception {
        Process other = StandIns.sleep();
        record().with(Supervisor.NAME, other.pid()).write(checkout.endpoints());
        List<ProcessHandle> parts = Stream.of(Service.values())
                .map(service -> system.process(service.processName()))
                .toList();
        assertThat(checkout.endSupervisor()).isEqualTo(1);
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(parts).allMatch(ProcessHandle::isAlive);
        assertThat(checkout.endSupervisor()).isZero();
    }

    @Test
    void aLogTellsWholeLinesOfItsOwnOnce() throws IOException {
        Path file = SupervisorLog.in(checkout.folder());
        Files.createDirectories(file.getParent());
        Files.writeString(file, "2026-01-01 00:00:00 of an earlier one\n");
        SupervisorLog log = new SupervisorLog(file);
        assertThat(log.next()).isEmpty();
        Files.writeString(
                file,
                "2026-01-01 00:00:00 of an earlier one\nWARNING: by the JVM\n2026-01-01 00:00:01 é\n2026-01-01 00");
        assertThat(log.next()).containsExactly("é");
        Files.writeString(
                file,
                "2026-01-01 00:00:00 of an earlier one\nWARNING: by the JVM\n2026-01-01 00:00:01 é\n2026-01-01 00:00:02 b\n");
        assertThat(log.next()).containsExactly("b");
    }
}
