package dev.thirteen.trainer;

import dev.thirteen.kit.BlobCache;
import dev.thirteen.kit.CacheSettings;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.proto.policy.v1.AdapterServiceGrpc;
import dev.thirteen.proto.policy.v1.GetAdapterRequest;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The trainer, as a replica asks it. Shared by threads. */
@Singleton
class TrainerPeer {
    private static final long ANSWER_SECONDS = 5;

    private final Channel trainer;
    private final BlobCache blobs;

    TrainerPeer(CacheSettings cache, EndpointSettings endpoints, Channels channels) {
        this.trainer = channels.to(endpoints.trainer());
        this.blobs = new BlobCache(Path.of(cache.folder()));
    }

    /** The content of a digest. @throws dev.thirteen.core.failure.Failure NOT_FOUND or OUTSIDE */
    byte[] blob(String digest) {
        return blobs.get(digest, BlobCache.trainer(trainer));
    }

    /** Committed steps of a run. @throws dev.thirteen.core.failure.Failure NOT_FOUND or OUTSIDE */
    long committed(String run) {
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
}
