package dev.thirteen.reward;

import dev.thirteen.kit.Intake;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.ShareWork;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Start and end of the service, and whether it is ready: it takes rollouts. */
@Readiness
@Singleton
class RewardLifecycle implements HealthCheck {
    /** Share group, and name of this service in dead letters. */
    private static final String GROUP = "reward";

    private final Intake intake;

    RewardLifecycle(
            RewardConfig config, KafkaClients clients, RecordWriter writer, Tracing tracing, Rollouts rollouts) {
        ShareWork.Options options = new ShareWork.Options(
                Topics.ROLLOUTS,
                GROUP,
                config.rolloutsInFlight(),
                config.recordLock(),
                ShareWork.Options.MAX_DELIVERIES,
                config.retryFor(),
                config.shutdownGrace());
        this.intake = new Intake(
                clients,
                new ShareWork(options, clients, writer, tracing, rollouts),
                Topics.ROLLOUTS,
                Topics.SCORED_ROLLOUTS,
                Topics.DEAD_LETTERS);
    }

    void started(@Observes StartupEvent event) {
        intake.start();
    }

    void stopping(@Observes ShutdownEvent event) {
        intake.close();
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("rollouts")
                .status(intake.taking())
                .withData("rollouts-in-work", intake.inWork())
                .build();
    }
}
