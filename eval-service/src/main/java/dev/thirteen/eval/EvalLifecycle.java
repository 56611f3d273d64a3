package dev.thirteen.eval;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.ProcessEnd;
import dev.thirteen.kit.Topics;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Start and end of the service: it hears the log of evaluations, and shares the work with the other pods. */
@Singleton
class EvalLifecycle {
    /** A member that leaves in good order is not waited for by the others. */
    private static final long LEAVE_SECONDS = 5;

    private final EvalConfig config;
    private final KafkaClients clients;
    private final Evaluations evaluations;
    private final CountDownLatch left = new CountDownLatch(1);
    private volatile boolean ready;
    private volatile boolean closed;

    EvalLifecycle(EvalConfig config, KafkaClients clients, Evaluations evaluations) {
        this.config = config;
        this.clients = clients;
        this.evaluations = evaluations;
    }

    void started(@Observes StartupEvent event) {
        Thread.ofPlatform().daemon().name("eval-log").start(() -> guarded(this::hear));
    }

    void stopping(@Observes ShutdownEvent event) throws InterruptedException {
        closed = true;
        evaluations.close();
        if (ready && !left.await(LEAVE_SECONDS, TimeUnit.SECONDS)) return;
    }

    /** Whether the earlier evaluations have been read, so that evaluations may be started and asked for. */
    boolean ready() {
        return ready;
    }

    private void hear() {
        clients.requireBroker();
        clients.awaitTopics(Topics.EVALUATIONS, Topics.EVALUATION_ANSWERS);
        EvaluationTopic.follow(clients, this::caughtUp, () -> closed, evaluations::heard);
    }

    private void caughtUp() {
        ready = true;
        Thread.ofPlatform()
                .daemon()
                .name("eval-group")
                .start(() -> guarded(() -> {
                    Ownership.hold(clients, config.podSession(), () -> closed, evaluations::own);
                    left.countDown();
                }));
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            if (!closed) ProcessEnd.because("eval-service cannot go on", e);
        }
    }
}
