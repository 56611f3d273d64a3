package dev.thirteen.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.local.BrokerProcess;
import dev.thirteen.local.LocalProcess;
import dev.thirteen.local.LocalSystem;
import dev.thirteen.local.RunLogBackup;
import dev.thirteen.local.Service;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A run goes on in a new cluster from its topics alone. */
@ExtendWith(SystemUnderTest.Provider.class)
class RestoreTest {
    private static final int STEPS = 8;
    private static final Duration LIMIT = Duration.ofSeconds(300);

    @Test
    void aRestoredRunEndsWithTheBitsOfTheOneThatStayed(SystemUnderTest system, @TempDir Path state) throws Exception {
        RunClient runs = system.runs();
        runs.create("kept", STEPS);
        runs.awaitStep("kept", 3, LIMIT);
        // Without rollout pods the run stays where it is: the backup holds one that waits for what it asked for.
        LocalProcess rollout = system.part(Service.ROLLOUT);
        rollout.kill();
        ByteArrayOutputStream saved = new ByteArrayOutputStream();
        int records = backup(system.endpoints().kafka()).backup(saved);
        assertThat(runs.steps("kept")).hasSizeLessThan(STEPS);
        rollout.restart();
        RunState stayed = runs.awaitStep("kept", STEPS, LIMIT);

        try (BrokerProcess broker = BrokerProcess.start(state.resolve("kafka"))) {
            assertThat(backup(broker.bootstrapServers())
                            .restore(new ByteArrayInputStream(saved.toByteArray()), (short) 1))
                    .isEqualTo(records);
            broker.stop();
        }
        Path home = Path.of(System.getProperty("thirteen.home"));
        try (LocalSystem other = LocalSystem.start(
                        new LocalSystem.Settings(home, state, SystemUnderTest.ENGINE), System.out::println);
                RunClient there = new RunClient(other.endpoints())) {
            RunState restored = there.awaitStep("kept", STEPS, LIMIT);
            assertThat(restored.getPhase()).isEqualTo(RunPhase.RUN_PHASE_FINISHED);
            assertThat(there.steps("kept")).hasSize(STEPS);
            assertThat(restored.getAdapter()).isEqualTo(stayed.getAdapter());
            assertThat(restored.getMasterList()).isEqualTo(stayed.getMasterList());
        }
    }

    private static RunLogBackup backup(String bootstrapServers) {
        Properties client = new Properties();
        client.setProperty("bootstrap.servers", bootstrapServers);
        return new RunLogBackup(client);
    }
}
