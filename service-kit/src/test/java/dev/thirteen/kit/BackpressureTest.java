package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BackpressureTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(20);

    private final AtomicBoolean room = new AtomicBoolean();
    private final AtomicBoolean gone = new AtomicBoolean();
    private final Backpressure reader = new Backpressure(room::get, gone::get);

    @Test
    void whereThereIsRoomNobodyWaits() {
        room.set(true);
        reader.awaitRoom(Duration.ZERO);
    }

    @Test
    void roomEndsTheWait() throws Exception {
        CompletableFuture<Void> wait = waiting();
        room.set(true);
        reader.changed();
        wait.get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void aReaderWhoHasGoneEndsItToo() {
        CompletableFuture<Void> wait = waiting();
        gone.set(true);
        room.set(true);
        reader.changed();
        assertThatThrownBy(() -> wait.get(LONG.toSeconds(), TimeUnit.SECONDS))
                .rootCause()
                .hasMessage("the caller has gone");
    }

    @Test
    void patienceEnds() {
        assertThatThrownBy(() -> reader.awaitRoom(SHORT))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.OUTSIDE))
                .hasMessage("nothing of the answer was read for 20 ms: read on, or ask again");
    }

    @Test
    void anInterruptEndsItAndStaysSet() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> reader.awaitRoom(LONG)).hasMessage("this service is stopping");
        assertThat(Thread.interrupted()).isTrue();
    }

    /** A thread that waits. */
    private CompletableFuture<Void> waiting() {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                reader.awaitRoom(LONG);
                end.complete(null);
            } catch (Failure e) {
                end.completeExceptionally(e);
            }
        });
        while (thread.getState() != Thread.State.TIMED_WAITING) Thread.onSpinWait();
        return end;
    }
}
