package dev.thirteen.eval;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when the earlier evaluations have been read. */
@Readiness
@Singleton
class EvalReadiness implements HealthCheck {
    private final EvalLifecycle lifecycle;

    EvalReadiness(EvalLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("evaluations")
                .status(lifecycle.ready())
                .build();
    }
}
