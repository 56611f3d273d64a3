package dev.thirteen.engine;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.device.FallbackLog;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A device's kernels for as long as they run. When one fails, which may be at the first step, this is said in the log and
 * they are given up: what they were asked for is left to the programs, which write the same places of the cache and draw by
 * the same numbers, so that rows go on.
 */
final class KernelsWhileTheyRun implements AutoCloseable {
    private @Nullable DecodeKernels kernels;

    KernelsWhileTheyRun(Optional<? extends DecodeKernels> kernels) {
        this.kernels = kernels.orElse(null);
    }

    /** Whether there are kernels. */
    boolean running() {
        return kernels != null;
    }

    /** A token for every row as {@link DecodeKernels#decode}; empty where the programs must do it. */
    Optional<double[]> decode(List<DecodeRow> rows, KvCache cache) {
        DecodeKernels now = kernels;
        if (now == null) return Optional.empty();
        if (now.takes(rows)) return unlessItFails(() -> now.decode(rows, cache));
        now.interrupt();
        return Optional.empty();
    }

    /** Whether the prompts are computed; where not, the programs must do it. */
    boolean prefill(PromptBatch batch, KvCache cache) {
        return done(now -> now.takes(batch), now -> now.prefill(batch, cache));
    }

    /** Whether the parts are computed; where not, the programs must do it. */
    boolean prefill(PartBatch batch, KvCache cache) {
        return done(now -> now.takes(batch), now -> now.prefill(batch, cache));
    }

    /** Whether the rows are copied; where not, the programs must do it. */
    boolean move(KvCache cache, int[] source, int[] target, int length) {
        return done(_ -> true, now -> now.move(cache, source, target, length));
    }

    private boolean done(Predicate<DecodeKernels> takes, Consumer<DecodeKernels> work) {
        DecodeKernels now = kernels;
        if (now == null || !takes.test(now)) return false;
        return unlessItFails(() -> {
                    work.accept(now);
                    return now;
                })
                .isPresent();
    }

    void interrupt() {
        if (kernels != null) kernels.interrupt();
    }

    Map<String, Double> profile(List<DecodeRow> rows, KvCache cache) {
        return kernels == null ? Map.of() : kernels.profile(rows, cache);
    }

    private <T> Optional<T> unlessItFails(Supplier<T> work) {
        try {
            return Optional.of(work.get());
        } catch (Failure | LinkageError e) {
            FallbackLog.say("decoding goes on by programs", "the device's own kernels failed: " + e.getMessage());
            giveUp();
            return Optional.empty();
        }
    }

    private void giveUp() {
        DecodeKernels broken = kernels;
        kernels = null;
        try {
            if (broken != null) broken.close();
        } catch (Failure e) {
            // What failed may not be able to give back either.
            FallbackLog.say("memory of the device's kernels is kept", String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        if (kernels != null) kernels.close();
        kernels = null;
    }
}
