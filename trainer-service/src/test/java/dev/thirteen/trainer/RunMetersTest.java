package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RunMetersTest {
    private static final long NOW = 1_000;

    private final RunIndex index = Fixtures.index();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void aRunThatNobodyAskedToPauseIsToldApart() {
        RunMeters.register(registry, index, InstantSource.fixed(Instant.ofEpochSecond(NOW)));
        assertThat(gauge("rl.runs.paused.by.problem")).isZero();
        assertThat(gauge("rl.runs.longest.wait")).isZero();
        run("asked", RunPhase.RUN_PHASE_PAUSED, "paused by request", 0);
        run("broken", RunPhase.RUN_PHASE_PAUSED, "rollout: gave up after 300 s of retries", 0);
        run("old", RunPhase.RUN_PHASE_RUNNING, "", 400);
        run("new", RunPhase.RUN_PHASE_RUNNING, "", 990);
        run("done", RunPhase.RUN_PHASE_FINISHED, "", 0);
        assertThat(gauge("rl.runs.paused.by.problem")).isEqualTo(1);
        assertThat(gauge("rl.runs.longest.wait")).isEqualTo(600);
        assertThat(phase("running")).isEqualTo(2);
        assertThat(phase("paused")).isEqualTo(2);
        assertThat(phase("finished")).isEqualTo(1);
        assertThat(phase("failed")).isZero();
        run("broken", RunPhase.RUN_PHASE_RUNNING, "", 1_000);
        assertThat(gauge("rl.runs.paused.by.problem")).isZero();
    }

    /** A counter that begins at 1 has risen by nothing, as Prometheus sees it. */
    @Test
    void parkedGroupsAreCountedFromNothing() {
        TrainerMeters meters = new TrainerMeters(registry);
        assertThat(parked("rollout")).isZero();
        assertThat(parked("reward")).isZero();
        meters.parked("reward");
        assertThat(parked("reward")).isEqualTo(1);
    }

    @Test
    void aRunsLastStepIsMeasured() {
        TrainerMeters meters = new TrainerMeters(registry);
        StepMetrics.Builder step = StepMetrics.newBuilder()
                .setKl(0.1)
                .setEntropy(0.2)
                .setClipped(0.3)
                .setMasked(0.4)
                .setProbabilityGap(0.5)
                .setLearningRate(0.6)
                .setReplacedGroups(7);
        meters.trained("run", step.build());
        assertThat(Stream.of("kl", "entropy", "clipped", "masked", "probability.gap", "learning.rate")
                        .map(name -> ofRun("rl." + name)))
                .containsExactly(0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
        meters.trained("run", step.setKl(0.9).setReplacedGroups(1).build());
        assertThat(ofRun("rl.kl")).isEqualTo(0.9);
        assertThat(registry.get("rl.groups.replaced")
                        .tag("rl.run", "run")
                        .counter()
                        .count())
                .isEqualTo(8);

        meters.trained(
                "run",
                StepMetrics.newBuilder()
                        .setSkipped("no sample counted")
                        .setLearningRate(0.6)
                        .build());
        assertThat(ofRun("rl.kl")).as("of a skipped step").isNaN();
        assertThat(ofRun("rl.learning.rate")).isEqualTo(0.6);
    }

    private double ofRun(String name) {
        return registry.get(name).tag("rl.run", "run").gauge().value();
    }

    private void run(String name, RunPhase phase, String reason, long writtenSeconds) {
        RunState.Builder state = RunState.newBuilder()
                .setPhase(phase)
                .setReason(reason)
                .setUpdatedUnixNano(TimeUnit.SECONDS.toNanos(writtenSeconds));
        state.getSpecBuilder().setName(name);
        index.committed(state.build());
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    private double phase(String name) {
        return registry.get("rl.runs").tag("phase", name).gauge().value();
    }

    private double parked(String service) {
        return registry.get("rl.groups.parked").tag("by", service).counter().count();
    }
}
