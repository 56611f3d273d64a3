package dev.thirteen.rollout;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.BaseModel;
import dev.thirteen.engine.EngineExit;
import dev.thirteen.engine.Policy;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.engine.PolicyGradient.Sequence;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Log-probabilities of given completions, one call after the other on a thread of its own beside the decode thread. */
@Singleton
class Scorer {
    private final RolloutConfig config;
    private final ExecutorService thread;

    Scorer(RolloutConfig config) {
        this.config = config;
        this.thread = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(config.maxQueuedScores()),
                Thread.ofPlatform().name("score").daemon().factory());
    }

    /**
     * Log-probs, one array a sequence; refuses with CAPACITY when too many calls wait. Cancelling the future before its
     * turn costs nothing.
     *
     * @param temperature divisor of the logits, above 0
     */
    CompletableFuture<List<double[]>> score(
            BaseModel base, Policy policy, List<Sequence> sequences, double temperature) {
        CompletableFuture<List<double[]>> answer = new CompletableFuture<>();
        try {
            thread.execute(() -> {
                if (answer.isDone()) return;
                try {
                    answer.complete(new PolicyGradient(base)
                            .logProbs(policy, sequences, temperature, config.scoreBatchTokens()));
                } catch (RuntimeException | Error e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException full) {
            throw new Failure(
                    Failure.Kind.CAPACITY,
                    config.maxQueuedScores() + " Score calls wait already (thirteen.rollout.max-queued-scores)",
                    full);
        }
        return answer;
    }

    @PreDestroy
    void close() throws InterruptedException {
        thread.shutdownNow();
        if (!thread.awaitTermination(10, TimeUnit.SECONDS)) EngineExit.now(EngineExit.TERMINATED);
    }
}
