package dev.thirteen.trainer;

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

/** Start and end of a process that computes parts of gradients for the trainer. */
@Singleton
class GradientLifecycle {
    private static final String GROUP = "gradient";
    private static final Duration LOCK = Duration.ofSeconds(30);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final boolean replica;
    private final Intake intake;

    GradientLifecycle(
            TrainerConfig config,
            KafkaClients clients,
            RecordWriter writer,
            Tracing tracing,
            Models models,
            TrainerPeer trainer) {
        this.replica = config.role() == TrainerConfig.Role.GRADIENT;
        GradientReplica handler = new GradientReplica(models, writer, trainer::blob, trainer::committed);
        ShareWork.Options options = new ShareWork.Options(
                Topics.GRADIENT_REQUESTS, GROUP, 1, LOCK, ShareWork.Options.MAX_DELIVERIES, RETRY, GRACE);
        this.intake = new Intake(
                clients,
                new ShareWork(options, clients, writer, tracing, handler),
                Topics.GRADIENT_REQUESTS,
                Topics.GRADIENTS,
                Topics.DEAD_LETTERS);
    }

    /** Whether requests are taken; never where this process is the trainer. */
    boolean taking() {
        return replica && intake.taking();
    }

    void started(@Observes StartupEvent event) {
        if (replica) intake.start();
    }

    void stopping(@Observes ShutdownEvent event) {
        if (replica) intake.close();
    }
}
