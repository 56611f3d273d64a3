package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.kit.Caller;
import io.grpc.Context;
import io.grpc.Deadline;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is drawn after a deadline, in a call's own context, whose clock is the test's. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class DeadlineTest {
    private static final int ROWS = 16;

    @Inject
    GenerationWire wire;

    @Inject
    DecodeLoop loop;

    @Inject
    MeteredCalls calls;

    @Inject
    Scorer scorer;

    @Inject
    RolloutConfig config;

    /** The step that runs at the deadline is the last: one token a row at most. */
    @Test
    void rowsAreFreeOneStepAfterTheDeadline() {
        GenerationGrpcService service = new GenerationGrpcService(wire, loop, calls, scorer, config);
        try (Clock clock = new Clock()) {
            Context.CancellableContext call =
                    Caller.ANYBODY.in(Context.current()).withDeadline(Deadline.after(1, TimeUnit.HOURS), clock);
            long before = loop.totals().tokens();
            call.run(() -> service.generate(Endless.request(ROWS, 2000).build()));
            Surroundings.await(() -> loop.totals().tokens() >= before + 2 * ROWS);
            assertThat(loop.runningRows()).isEqualTo(ROWS);

            clock.deadline.join().run();

            long atDeadline = loop.totals().tokens();
            Surroundings.await(() -> loop.runningRows() == 0);
            assertThat(call.isCancelled()).isTrue();
            assertThat(loop.totals().tokens() - atDeadline).isLessThanOrEqualTo(ROWS);
        }
    }

    /** Keeps what is to be done at a deadline until the test does it. */
    private static final class Clock extends ScheduledThreadPoolExecutor {
        private final CompletableFuture<Runnable> deadline = new CompletableFuture<>();

        Clock() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            deadline.complete(command);
            return super.schedule(() -> {}, delay, unit);
        }

        @Override
        public void close() {
            shutdownNow();
        }
    }
}
