package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How a call waits for the loop. */
final class Calls {
    /** A transaction takes milliseconds, a broker's restart seconds, loading a base before a resume more. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private Calls() {}

    /** The loop's answer, or its failure. */
    static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Failure failure) throw failure;
            throw new Failure(Failure.Kind.BUG, "the trainer failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "the trainer has not answered in time; the request may still be done", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "the call was given up", e);
        }
    }

    /** Waits for a change of the index or the end of the time; false when the call is given up. */
    static boolean awaitChange(RunIndex index, long seen, Duration time) {
        try {
            index.await(seen, time);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
