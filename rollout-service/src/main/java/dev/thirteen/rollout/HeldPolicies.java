package dev.thirteen.rollout;

import com.google.common.base.Throwables;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.ExecutionError;
import com.google.common.util.concurrent.UncheckedExecutionException;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.Policy;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Every policy that somebody holds, once: of a large rank it has many numbers, and a thousand requests may ask for it at the same
 * time. Shared by threads.
 */
final class HeldPolicies<K> {
    private final Cache<K, Policy> held = CacheBuilder.newBuilder().weakValues().build();

    /** The one under a key, or else the one that is made now, while others who ask for it wait. */
    Policy get(K key, Supplier<Policy> made) {
        try {
            return held.get(key, made::get);
        } catch (ExecutionException | UncheckedExecutionException | ExecutionError e) {
            Throwable cause = e.getCause();
            if (cause != null) Throwables.throwIfUnchecked(cause);
            throw new Failure(Failure.Kind.BUG, "a policy cannot be made: " + cause, e);
        }
    }
}
