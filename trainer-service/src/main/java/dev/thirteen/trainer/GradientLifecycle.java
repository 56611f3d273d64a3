package dev.thirteen.trainer;

import dev.thirteen.kit.BlobCache;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.kit.Intake;
import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.ShareWork;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Start and end of a process that computes parts of gradients for the trainer. */
@Singleton
class GradientLifecycle {
    private static final String GROUP = "gradient";
    private static final Duration LOCK = Duration.ofSeconds(30);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final long ANSWER_SECONDS = 5;

    private final boolean replica;
    private final Intake intake;

    GradientLifecycle(
            TrainerConfig config,
            KafkaClients clients,
            RecordWriter writer,
            Tracing tracing,
            Models models,
            CacheSettings cache,
            EndpointSettings endpoints,
            Channels channels) {
        this.replica = config.role() == TrainerConfig.Role.GRADIENT;
        Channel trainer = channels.to(endpoints.trainer());
        BlobCache blobs = new BlobCache(Path.of(cache.folder()));
        BlobCache.Source source = BlobCache.trainer(trainer);
        GradientReplica handler = new GradientReplica(
                models, writer, digest -> blobs.get(digest, source), run -> committed(trainer, run));
        ShareWork.Options options = new ShareWork.Options(
                Topics.GRADIENT_REQUESTS, GROUP, 1, LOCK, ShareWork.Options.MAX_DELIVERIES, RETRY, GRACE);
        this.intake = new Intake(
                clients,
                new ShareWork(options, clients, writer, tracing, handler),
                Topics.GRADIENT_REQUESTS,
                Topics.GRADIENTS,
                Topics.DEAD_LETTERS);
    }

    private static long committed(Channel trainer, String run) {
        try {
            return AdapterServiceGrpc.newBlockingStub(trainer)
                    .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .getAdapter(GetAdapterRequest.newBuilder().setRun(run).build())
                    .getAdapter()
                    .getPolicyVersion()
                    .getStep();
        } catch (StatusRuntimeException e) {
            throw FailureStatus.toFailure("adapter of run '" + run + "'", e);
        }
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
