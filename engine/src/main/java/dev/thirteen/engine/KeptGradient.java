package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.device.FallbackLog;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The device's own kernels for gradients of one base, kept for the next pass like the last. What could not be made is not
 * tried again for as many tokens. Threads wait for each other at the caller's.
 */
final class KeptGradient implements AutoCloseable {
    private static final String INSTEAD = "gradients by programs";

    private final BaseModel base;
    private final Maker maker;
    private @Nullable DeviceGradient gradient;
    /** Fewest tokens that the kernels could not be made for. */
    private int refusedTokens = Integer.MAX_VALUE;

    /** Makes the kernels. */
    interface Maker {
        /** Why they cannot do it. */
        default Optional<String> refusal(BaseModel base, Basis basis, int tokens) {
            return DeviceGradient.refusal(base, basis, tokens);
        }

        /** @throws Failure where a library, a function or memory is missing */
        DeviceGradient make(BaseModel base, Basis basis, int tokens);
    }

    KeptGradient(BaseModel base, Maker maker) {
        this.base = base;
        this.maker = maker;
    }

    /** For policies of a basis and so many tokens; empty, and said once in the log, where there are none. */
    Optional<DeviceGradient> of(Basis basis, int tokens) {
        if (gradient != null && !gradient.serves(basis, tokens)) close();
        if (gradient == null) gradient = make(basis, tokens);
        return Optional.ofNullable(gradient);
    }

    private @Nullable DeviceGradient make(Basis basis, int tokens) {
        if (tokens >= refusedTokens) return null;
        Optional<String> refusal = maker.refusal(base, basis, tokens);
        if (refusal.isPresent()) {
            FallbackLog.say(INSTEAD, refusal.get());
            return null;
        }
        if (!base.weights().claimRoom(this)) {
            FallbackLog.say(INSTEAD, "a decoder has the room behind the weights of " + base.folder());
            return null;
        }
        try {
            return maker.make(base, basis, tokens);
        } catch (Failure | LinkageError e) {
            base.weights().releaseRoom(this);
            refusedTokens = tokens;
            FallbackLog.say(INSTEAD, String.valueOf(e.getMessage()));
            return null;
        }
    }

    @Override
    public void close() {
        if (gradient == null) return;
        gradient.close();
        gradient = null;
        base.weights().releaseRoom(this);
    }
}
