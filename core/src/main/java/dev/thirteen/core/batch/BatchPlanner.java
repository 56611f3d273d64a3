package dev.thirteen.core.batch;

import dev.thirteen.core.batch.Admission.Admitted;
import dev.thirteen.core.batch.Admission.Reason;
import dev.thirteen.core.batch.Admission.Refused;
import dev.thirteen.core.batch.Admission.Waiting;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides which groups decode: first come, first served. The head of the queue waits until it fits, and nothing overtakes
 * it, so a large group cannot starve. Holds no queue of its own: the caller hands in what waits and what runs.
 */
public record BatchPlanner(BatchLimits limits) {
    /** What becomes of a request that arrives now. */
    public Admission arrive(List<BatchRequest> waiting, List<BatchRequest> running, BatchRequest request) {
        if (request.rows() > limits.maxRows()) {
            return refuse(Reason.TOO_LARGE, "%d rows, at most %d run at once", request.rows(), limits.maxRows());
        }
        if (request.tokens() > limits.maxTokens()) {
            return refuse(Reason.TOO_LARGE, "%d tokens, the cache holds %d", request.tokens(), limits.maxTokens());
        }
        if (waiting.isEmpty() && fits(running, request)) return new Admitted();
        if (waiting.size() >= limits.maxQueuedRequests()) {
            return refuse(
                    Reason.QUEUE_FULL, "%d requests wait, at most %d may", waiting.size(), limits.maxQueuedRequests());
        }
        long queued = tokens(waiting) + request.tokens();
        if (queued > limits.maxQueuedTokens()) {
            return refuse(Reason.QUEUE_FULL, "%d tokens would wait, at most %d may", queued, limits.maxQueuedTokens());
        }
        return new Waiting(waiting.size());
    }

    /** The waiting requests that start now, a prefix of the queue. */
    public List<BatchRequest> admit(List<BatchRequest> waiting, List<BatchRequest> running) {
        List<BatchRequest> load = new ArrayList<>(running);
        for (BatchRequest request : waiting) {
            if (!fits(load, request)) break;
            load.add(request);
        }
        return List.copyOf(load.subList(running.size(), load.size()));
    }

    private boolean fits(List<BatchRequest> running, BatchRequest request) {
        long rows =
                request.rows() + running.stream().mapToLong(BatchRequest::rows).sum();
        long longest = Math.max(
                request.length(),
                running.stream().mapToLong(BatchRequest::length).max().orElse(0));
        return rows <= limits.maxRows() && rows * longest <= limits.maxTokens();
    }

    private static long tokens(List<BatchRequest> requests) {
        return requests.stream().mapToLong(BatchRequest::tokens).sum();
    }

    private static Refused refuse(Reason reason, String format, Object... values) {
        return new Refused(reason, format.formatted(values));
    }
}
