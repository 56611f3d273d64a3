package dev.thirteen.kit;

import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * The life of a service's {@link ShareWork}: waits for broker and topics beside the start of the service, so that health
 * answers meanwhile, then takes work. A broker that never comes, or cannot do it, ends the process with one sentence.
 */
public final class Intake implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Intake.class);

    private enum State {
        NEW,
        STARTING,
        TAKING,
        CLOSED
    }

    private final KafkaClients clients;
    private final ShareWork work;
    private final Topics[] topics;
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

    /** An intake for work that needs the topics. */
    public Intake(KafkaClients clients, ShareWork work, Topics... topics) {
        this.clients = clients;
        this.work = work;
        this.topics = topics.clone();
    }

    /** Starts; returns at once. */
    public void start() {
        if (state.compareAndSet(State.NEW, State.STARTING)) {
            Thread.ofVirtual().name("intake").start(this::open);
        }
    }

    /** Whether work is taken. */
    public boolean taking() {
        return state.get() == State.TAKING;
    }

    /** Records in work now. */
    public int inWork() {
        return work.inWork();
    }

    private void open() {
        try {
            clients.requireBroker();
            clients.awaitTopics(topics);
            synchronized (this) {
                if (state.get() != State.STARTING) return;
                work.start();
                state.set(State.TAKING);
            }
            LOG.infof("taking %s", topics[0].topic());
        } catch (RuntimeException | Error e) {
            if (state.get() == State.CLOSED) return;
            ProcessEnd.because("no work can be taken from " + topics[0].topic(), e);
        }
    }

    /** Stops taking and drains what is in work. */
    @Override
    public synchronized void close() {
        State before = state.getAndSet(State.CLOSED);
        if (before == State.TAKING) work.close();
    }
}
