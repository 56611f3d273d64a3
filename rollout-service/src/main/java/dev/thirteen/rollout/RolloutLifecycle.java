package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder;
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
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Start and end of the service, and whether it is ready: it takes requests and decodes. */
@Readiness
@Singleton
class RolloutLifecycle implements HealthCheck {
    /** Share group, and name of this service in dead letters. */
    private static final String GROUP = "rollout";

    private final Intake intake;
    private final Duration grace;
    private final DecodeLoop loop;
    private final AdapterDirectory directory;

    RolloutLifecycle(
            RolloutConfig config,
            KafkaClients clients,
            RecordWriter writer,
            Tracing tracing,
            RolloutRequests requests,
            DecodeLoop loop,
            AdapterDirectory directory) {
        ShareWork.Options options = new ShareWork.Options(
                Topics.ROLLOUT_REQUESTS,
                GROUP,
                config.groupsInFlight() > 0 ? config.groupsInFlight() : Decoder.usualGroups(),
                config.recordLock(),
                ShareWork.Options.MAX_DELIVERIES,
                config.retryFor(),
                config.shutdownGrace());
        this.intake = new Intake(
                clients,
                new ShareWork(options, clients, writer, tracing, requests),
                Topics.ROLLOUT_REQUESTS,
                Topics.ROLLOUTS,
                Topics.DEAD_LETTERS);
        this.grace = config.shutdownGrace();
        this.loop = loop;
        this.directory = directory;
    }

    void started(@Observes StartupEvent event) {
        directory.start();
        intake.start();
    }

    /** Health says NOT_SERVING from here on; what runs ends within the grace period, what is left of it is given back. */
    void stopping(@Observes ShutdownEvent event) {
        loop.refuseCalls();
        // Its groups need the decode loop.
        intake.close();
        loop.drain(grace);
        loop.close();
        directory.close();
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("rollout-requests")
                .status(intake.taking() && loop.running())
                .withData("groups-in-work", intake.inWork())
                .withData("running-rows", loop.runningRows())
                .build();
    }
}
