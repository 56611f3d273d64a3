package dev.thirteen.trainer;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when the broker was reached and the topics are read. */
@Readiness
@Singleton
class TrainerReadiness implements HealthCheck {
    private final TrainerLoop loop;

    TrainerReadiness(TrainerLoop loop) {
        this.loop = loop;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("trainer-loop").status(loop.ready()).build();
    }
}
