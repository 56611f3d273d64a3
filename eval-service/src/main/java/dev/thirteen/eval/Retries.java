package dev.thirteen.eval;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/** Tries a call again while another service or the broker is away or full, or a tenant's quota is used up. */
final class Retries {
    private static final Logger LOG = Logger.getLogger(Retries.class);
    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 2_000;

    private final Duration patience;
    private final BooleanSupplier given;

    /**
     * @param patience how long one call is tried
     * @param given whether to give up before that
     */
    Retries(Duration patience, BooleanSupplier given) {
        this.patience = patience;
        this.given = given;
    }

    /**
     * The call's result.
     *
     * @throws Failure the last one, when it is not to be retried or patience ends
     */
    <T> T call(Callable<T> call) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        long pause = FIRST_PAUSE_MS;
        while (true) {
            try {
                return call.call();
            } catch (Failure failure) {
                // A quota fills up again, and then it is the tenant's turn.
                if (failure.reason()
                        .filter(Failure.Reason.QUOTA_EXCEEDED::equals)
                        .isPresent()) {
                    deadline = System.nanoTime() + patience.toNanos();
                }
                boolean over = System.nanoTime() > deadline || given.getAsBoolean();
                if (!failure.kind().retryable() || over) throw failure;
                LOG.debugf("trying again: %s", failure.getMessage());
            } catch (InterruptedException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new Failure(Failure.Kind.BUG, "a call threw " + e, e);
            }
            // Spread, so that those who were refused together do not come back together.
            TimeUnit.MILLISECONDS.sleep(pause / 2 + ThreadLocalRandom.current().nextLong(pause));
            pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        }
    }
}
