package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What happens to a call that comes before the topics are read. */
class ReadinessTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private final Readiness readiness = new Readiness();

    @Test
    void aCallThatComesEarlyWaitsAndGoesOn() throws Exception {
        assertThatThrownBy(readiness::require).hasMessageContaining("still reading its topics");
        CompletableFuture<Void> call = CompletableFuture.runAsync(() -> readiness.await(LONG));
        assertThat(call).isNotDone();
        readiness.begin();
        call.get(1, TimeUnit.MINUTES);
        readiness.require();
    }

    @Test
    void itIsToldInTheEndThatTheTopicsAreNotReadYet() {
        assertThatThrownBy(() -> readiness.await(Duration.ZERO))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("still reading its topics");
    }

    @Test
    void aServiceThatGoesDownKeepsNobodyWaiting() {
        CompletableFuture<Void> call = CompletableFuture.runAsync(() -> readiness.await(LONG));
        readiness.stop();
        assertThatThrownBy(() -> call.get(1, TimeUnit.MINUTES)).hasMessageContaining("the trainer is stopping");
        readiness.end();
        assertThat(readiness.ready()).isFalse();
    }

    @Test
    void aLoopThatEndsBeforeItBeganKeepsNobodyWaiting() {
        CompletableFuture<Void> call = CompletableFuture.runAsync(() -> readiness.await(LONG));
        readiness.end();
        assertThatThrownBy(() -> call.get(1, TimeUnit.MINUTES)).hasRootCauseInstanceOf(Failure.class);
    }
}
