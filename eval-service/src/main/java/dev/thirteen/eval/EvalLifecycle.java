package dev.thirteen.eval;

import dev.thirteen.kit.KafkaClients;
import dev.thirteen.kit.ProcessEnd;
import dev.thirteen.kit.Topics;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Start and end of the service. */
@Singleton
class EvalLifecycle {
    private final KafkaClients clients;
    private final Evaluations evaluations;
    private volatile boolean ready;
    private volatile boolean closed;

    EvalLifecycle(KafkaClients clients, Evaluations evaluations) {
        this.clients = clients;
        this.evaluations = evaluations;
    }

    void started(@Observes StartupEvent event) {
        Thread.ofVirtual().name("eval-start").start(this::open);
    }

    void stopping(@Observes ShutdownEvent event) {
        closed = true;
        evaluations.close();
    }

    /** Whether the earlier evaluations have been read, so that evaluations may be started and asked for. */
    boolean ready() {
        return ready;
    }

    private void open() {
        try {
            clients.requireBroker();
            clients.awaitTopics(Topics.EVALUATIONS, Topics.EVALUATION_ANSWERS);
            evaluations.restore(EvaluationTopic.latest(clients));
            ready = true;
        } catch (RuntimeException | Error e) {
            if (!closed) ProcessEnd.because("eval-service cannot start", e);
        }
    }
}
