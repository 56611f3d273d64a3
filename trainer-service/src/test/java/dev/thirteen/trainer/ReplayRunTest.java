package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.digest.Digests;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.proto.training.v1.ForkRunRequest;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.StepRecord;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs that train on what another run sampled. On a real broker; the test plays rollout and reward. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class ReplayRunTest {
    @Inject
    KafkaClients clients;

    @Inject
    TrainerLoop loop;

    private Client client;
    private Peers peers;
    private String data;

    @BeforeEach
    void connect() throws Exception {
        Peers.await(loop::ready);
        client = new Client(ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", Integer.class));
        peers = new Peers(clients);
        data = client.put(Digests.sha256(Fixtures.PROBLEM_FILE), Fixtures.PROBLEM_FILE)
                .getDigest();
    }

    @AfterEach
    void disconnect() {
        peers.close();
        client.close();
    }

    private RunSpec.Builder spec(String name) {
        return Fixtures.spec(name, data).setSteps(3).setDeterministic(true);
    }

    private List<StepRecord> sampled(String name) {
        client.create(spec(name));
        for (int step = 1; step <= 3; step++) {
            peers.requests(name, 2 * step).subList(2 * step - 2, 2 * step).forEach(peers::score);
        }
        client.watch(name);
        return client.steps(name);
    }

    private List<StepRecord> replayed(RunSpec.Builder spec) {
        client.create(spec);
        client.watch(spec.getName());
        assertThat(client.run(spec.getName()).getState().getPhase())
                .as(client.run(spec.getName()).getState().getReason())
                .isEqualTo(RunPhase.RUN_PHASE_FINISHED);
        assertThat(peers.requests(spec.getName(), 0)).isEmpty();
        return client.steps(spec.getName());
    }

    @Test
    void aReplayUnderTheSameDefinitionIsTheRunBitForBit() {
        List<StepRecord> steps = sampled("recorded");
        List<StepRecord> again = replayed(spec("recorded-again").setReplayOf("recorded"));
        assertThat(again).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(again.get(i).getAdapter()).isEqualTo(steps.get(i).getAdapter());
            assertThat(again.get(i).getOptimizer()).isEqualTo(steps.get(i).getOptimizer());
            assertThat(again.get(i).getMetrics().getLoss())
                    .isEqualTo(steps.get(i).getMetrics().getLoss());
            assertThat(again.get(i).getMetrics().getRewardMean())
                    .isEqualTo(steps.get(i).getMetrics().getRewardMean());
        }
    }

    @Test
    void aRecordedDefinitionGoesOnWithWhatHasNoEffectInIt() {
        sampled("older");
        RunSpec.Builder older = spec("older-again").setReplayOf("older");
        older.getOptimizerBuilder().setLastLearningRate(0.001);
        assertThat(replayed(older)).hasSize(3);
        ForkRunRequest.Builder fork =
                ForkRunRequest.newBuilder().setRun("older-again").setFromStep(1).setName("older-fork");
        assertThat(client.training().forkRun(fork.build()).getRun().getName()).isEqualTo("older-fork");
        RunSpec stated = older.clone().clearReplayOf().build();
        assertThatThrownBy(() -> client.training()
                        .forkRun(fork.setName("older-other").setSpec(stated).build()))
                .hasMessageContaining("optimizer.last-learning-rate: has no meaning with decay: constant");
    }

    @Test
    void anotherRateOrAlgorithmLeavesTheRecordedPolicyAfterItsFirstStep() {
        List<StepRecord> steps = sampled("source");
        RunSpec.Builder faster = spec("source-faster").setReplayOf("source");
        faster.getOptimizerBuilder().setLearningRate(0.02);
        List<StepRecord> other = replayed(faster);
        // The first step's samples are of the policy that both begin with; its gradient is the same.
        assertThat(other.getFirst().getMetrics().getGradNorm())
                .isEqualTo(steps.getFirst().getMetrics().getGradNorm());
        assertThat(other.getFirst().getAdapter()).isNotEqualTo(steps.getFirst().getAdapter());
        assertThat(other.get(2).getAdapter()).isNotEqualTo(steps.get(2).getAdapter());

        RunSpec.Builder rloo = spec("source-rloo").setReplayOf("source").setSteps(2);
        rloo.getAlgorithmBuilder().setName("rloo").setClipLow(0).setClipHigh(0);
        assertThat(replayed(rloo)).hasSize(2);
    }

    @Test
    void whatTheRecordedRolloutsCannotServeIsRefusedByName() {
        sampled("kept");
        RunSpec.Builder bad = spec("kept-bad").setReplayOf("kept").setSteps(4).setSamplesPerGroup(3);
        bad.getAdapterBuilder().setU(2);
        bad.getSamplingBuilder().setTemperature(0.5f);
        assertThatThrownBy(() -> client.create(bad))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("adapter")
                .hasMessageContaining("samples-per-group")
                .hasMessageContaining("sampling.temperature")
                .hasMessageContaining("steps: must be at most 3");
        assertThatThrownBy(() -> client.create(spec("kept-none").setReplayOf("nobody")))
                .hasMessageContaining("there is no run named 'nobody'");
    }

    @Test
    void aRunWithoutAStepCannotBeReplayed() {
        client.create(spec("begun"));
        assertThatThrownBy(() -> client.create(spec("begun-again").setReplayOf("begun")))
                .hasMessage(
                        "INVALID_ARGUMENT: replay-of: must name a run that has committed a step: 'begun' has none yet");
    }
}
