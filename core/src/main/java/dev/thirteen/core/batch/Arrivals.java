package dev.thirteen.core.batch;

import dev.thirteen.core.batch.Admission.Admitted;
import dev.thirteen.core.batch.Admission.Reason;
import dev.thirteen.core.batch.Admission.Refused;
import dev.thirteen.core.batch.Admission.Waiting;
import java.util.List;
import java.util.Optional;

/** Decides what becomes of a request that arrives. Holds no queue of its own: the caller hands in what waits. */
public record Arrivals(BatchPlanner planner, QueueLimits limits) {
    /**
     * What becomes of a request that arrives now.
     *
     * @param fits whether there is room for it now
     */
    public Admission arrive(List<BatchRequest> waiting, boolean fits, BatchRequest request) {
        Optional<Refused> never = planner.refusal(request);
        if (never.isPresent()) return never.get();
        if (waiting.isEmpty() && fits) return new Admitted();
        if (waiting.size() >= limits.maxRequests()) {
            return full("%d requests wait, at most %d may".formatted(waiting.size(), limits.maxRequests()));
        }
        long queued = request.tokens()
                + waiting.stream().mapToLong(BatchRequest::tokens).sum();
        if (queued > limits.maxTokens()) {
            return full("%d tokens would wait, at most %d may".formatted(queued, limits.maxTokens()));
        }
        return new Waiting(waiting.size());
    }

    /**
     * Why one of several who share the queue has its part of it; empty when there is room.
     *
     * @param own what waits of it
     * @param share its part of the queue, above 0 to 1
     */
    public Optional<Refused> part(List<BatchRequest> own, double share, BatchRequest request) {
        long requests = (long) Math.ceil(limits.maxRequests() * share);
        long tokens = (long) Math.ceil(limits.maxTokens() * share);
        if (own.isEmpty()) return Optional.empty();
        if (own.size() >= requests) {
            return Optional.of(full("%d requests of its tenant wait, at most %d may".formatted(own.size(), requests)));
        }
        long queued =
                request.tokens() + own.stream().mapToLong(BatchRequest::tokens).sum();
        if (queued <= tokens) return Optional.empty();
        return Optional.of(full("%d tokens of its tenant would wait, at most %d may".formatted(queued, tokens)));
    }

    private static Refused full(String message) {
        return new Refused(Reason.QUEUE_FULL, message);
    }
}
