package dev.thirteen.kit;

import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.quarkus.grpc.runtime.health.GrpcHealthCheck;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Says by the gRPC health protocol what {@code /q/health} says by HTTP, under the service names {@value #READINESS} (and the
 * empty name) and {@value #LIVENESS}: by itself Quarkus answers SERVING as soon as the port is open.
 */
@Startup
@Singleton
public class GrpcHealth {
    /** Name to ask for: whether the service takes work. */
    public static final String READINESS = "readiness";
    /** Name to ask for: whether the process should go on living; who can answer should. */
    public static final String LIVENESS = "liveness";

    private static final Logger LOG = Logger.getLogger(GrpcHealth.class);
    private static final Duration LOOK = Duration.ofMillis(250);

    private final GrpcHealthStorage storage;
    private final List<HealthCheck> checks;
    private volatile @Nullable Thread watcher;

    GrpcHealth(GrpcHealthStorage storage, @Any @Readiness Instance<HealthCheck> checks) {
        this.storage = storage;
        // Quarkus' own check of the gRPC server reads what is written here.
        this.checks = checks.stream()
                .filter(check -> !(check instanceof GrpcHealthCheck))
                .toList();
    }

    void started(@Observes StartupEvent event) {
        storage.setStatus(LIVENESS, ServingStatus.SERVING);
        storage.setStatus(READINESS, ServingStatus.NOT_SERVING);
        watcher = Thread.ofVirtual().name("grpc-health").start(this::watch);
    }

    void stopping(@Observes ShutdownEvent event) {
        Thread watching = watcher;
        if (watching != null) watching.interrupt();
        tell(ServingStatus.NOT_SERVING);
    }

    private void watch() {
        try {
            while (!Thread.interrupted()) {
                tell(ready() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
                TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(ServingStatus status) {
        storage.setStatus(READINESS, status);
        storage.setStatus(GrpcHealthStorage.DEFAULT_SERVICE_NAME, status);
    }

    private boolean ready() {
        try {
            return checks.stream().allMatch(check -> check.call().getStatus() == HealthCheckResponse.Status.UP);
        } catch (RuntimeException e) {
            LOG.debugf(e, "a readiness check failed");
            return false;
        }
    }
}
