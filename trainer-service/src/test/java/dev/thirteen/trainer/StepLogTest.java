package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.TopicReplay;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.training.v1.StepRecord;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Old steps come from the topic. On a real broker; the test plays rollout and reward. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class StepLogTest {
    @Inject
    KafkaClients clients;

    @Inject
    TrainerLoop loop;

    @TempDir
    Path folder;

    private Client client;
    private Peers peers;

    @BeforeEach
    void connect() {
        Peers.await(loop::ready);
        client = new Client(ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
        peers = new Peers(clients);
    }

    @AfterEach
    void disconnect() {
        peers.close();
        client.close();
    }

    @Test
    void anIndexThatHoldsNoStepReadsThemWhereTheyLie() throws Exception {
        List<String> runs = List.of("logged-1", "logged-2");
        train(runs);
        KafkaStepLog log = new KafkaStepLog(clients);
        RunIndex index = new RunIndex(log, 0);
        Replay.read(clients, new Blobs(clients, folder::toString), index);

        for (String run : runs) {
            List<StepRecord> steps = client.steps(run);
            assertThat(steps).hasSize(3);
            assertThat(index.steps(run, 0)).isEqualTo(steps);
            assertThat(index.steps(run, 1)).isEqualTo(steps.subList(1, 3));
            assertThat(index.step(run, 2)).contains(steps.get(1));
        }
        log.close();
    }

    @Test
    void aPlaceWithoutARecordIsAFailureOfTheLog() throws Exception {
        train(List.of("marked"));
        List<Long> offsets = new ArrayList<>();
        TopicReplay.replay(clients, Topics.RUN_STEPS, record -> offsets.add(record.offset()));
        KafkaStepLog log = new KafkaStepLog(clients);

        // After the record of a transaction lies the mark of its end.
        long mark = offsets.getFirst() + 1;
        assertThatThrownBy(() -> log.read(List.of(mark)))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.OUTSIDE))
                .hasMessage("record %d of topic run-steps cannot be read: it is there no more", mark);
        assertThat(log.read(offsets)).hasSameSizeAs(offsets);
        log.close();
    }

    /** Three steps of each; those of several runs take turns. */
    private void train(List<String> runs) throws Exception {
        String data = client.put(Digests.sha256(Fixtures.PROBLEM_FILE), Fixtures.PROBLEM_FILE)
                .getDigest();
        for (String run : runs) client.create(Fixtures.spec(run, data).setSteps(3));
        for (int step = 1; step <= 3; step++) {
            for (String run : runs) {
                peers.requests(run, 2 * step).subList(2 * step - 2, 2 * step).forEach(peers::score);
            }
        }
        runs.forEach(client::watch);
    }
}
