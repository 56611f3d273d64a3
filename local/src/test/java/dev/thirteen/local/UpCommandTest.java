package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A real supervisor of services that real processes stand in for. */
class UpCommandTest {
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @TempDir
    private Path home;

    private StandIns system;

    @BeforeEach
    void record() throws IOException {
        system = new StandIns(home);
    }

    @AfterEach
    void down() throws IOException {
        system.checkout.endSupervisor();
        system.close();
    }

    private int up() {
        return new CommandLine(new UpCommand()).execute("--home", home.toString());
    }

    private List<String> told() throws IOException {
        return Files.readAllLines(SupervisorLog.in(system.state()));
    }

    @Test
    void aSupervisorIsRecordedBeforeItStartsAnythingAndSoDownEndsIt() throws Exception {
        system.checkout.stop(_ -> {});
        ChildProcess supervisor = UpCommand.leave(system.checkout, system.state());
        assertThat(system.process(Supervisor.NAME).pid()).isEqualTo(supervisor.pid());
        assertThat(system.record().processes()).containsOnlyKeys(Supervisor.NAME);

        assertThat(system.checkout.stop(_ -> {})).isEqualTo(1);
        supervisor.end().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(system.checkout.endpoints()).doesNotExist();
        assertThat(system.state().resolve("kafka")).doesNotExist();
    }

    @Test
    void whatStillLivesIsWatchedWhereAPartCannotBeMended() throws Exception {
        assertThat(up()).isZero();
        assertThat(system.record().complete()).isTrue();

        system.breakDown(Service.REWARD);
        system.kill(Supervisor.NAME);
        system.kill("reward-service");
        assertThat(up()).isEqualTo(1);
        assertThat(told()).anyMatch(line -> line.contains("reward-service ended while starting"));
        long eval = system.process("eval-service").pid();
        system.kill("eval-service");
        assertThat(Deadline.await(LIMIT, () -> system.record().lives("eval-service")))
                .isTrue();
        assertThat(system.process("eval-service").pid()).isNotEqualTo(eval);
    }

    @Test
    void aNewSystemThatCannotBeStartedLeavesNothing() throws Exception {
        system.checkout.stop(_ -> {});
        for (Service service : Service.values()) system.breakDown(service);
        assertThat(up()).isEqualTo(1);
        assertThat(told()).anyMatch(line -> line.contains("trainer-service ended while starting"));
        assertThat(system.checkout.endpoints()).doesNotExist();
        assertThat(told()).filteredOn(line -> line.contains(" starting ")).hasSize(1 + Service.values().length);
    }
}
