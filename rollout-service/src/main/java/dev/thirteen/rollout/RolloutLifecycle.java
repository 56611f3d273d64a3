package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder;
import dev.thirteen.kit.Intake;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.ShareWork;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
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

    /**
     * Comes before Quarkus waits for HTTP calls, so that they end within the grace period as those of gRPC do and both ports
     * answer meanwhile: health with NOT_SERVING, a new call with UNAVAILABLE or 503.
     */
    void stopping(@Observes ShutdownDelayInitiatedEvent event) {
        drain();
    }

    /** The only event of a test's end. */
    void stopped(@Observes ShutdownEvent event) {
        drain();
        directory.close();
    }

    /** What runs ends within the grace period, what is left of it is given back; harmless the second time. */
    private void drain() {
        loop.refuseCalls();
        // Its groups need the decode loop.
        intake.close();
        loop.drain(grace);
        loop.close();
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
