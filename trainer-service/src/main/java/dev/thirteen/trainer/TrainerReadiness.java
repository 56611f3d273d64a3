package dev.thirteen.trainer;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when the broker was reached and the topics are read, or parts of gradients are taken. */
@Readiness
@Singleton
class TrainerReadiness implements HealthCheck {
    private final TrainerLoop loop;
    private final GradientLifecycle replica;

    TrainerReadiness(TrainerLoop loop, GradientLifecycle replica) {
        this.loop = loop;
        this.replica = replica;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("trainer-loop")
                .status(loop.ready() || replica.taking())
                .build();
    }
}
