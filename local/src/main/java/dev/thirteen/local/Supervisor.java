package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Watches over the parts of a detached system, in the process that started them, and starts again what ends by itself. It ends
 * when the record names another supervisor or none: then the system is somebody else's, or is being stopped.
 */
final class Supervisor {
    /** Name of the process in the record. */
    static final String NAME = "supervisor";

    private static final Duration LOOK = Duration.ofMillis(500);

    private final Checkout checkout;
    private final InstantSource clock;
    private final Consumer<String> tell;
    private final Map<String, Watched> parts = new HashMap<>();
    private boolean stopping;

    /** What is known of one part. */
    private static final class Watched {
        private final Restarts restarts;
        /** The process, where it is a child of this one, which alone learns how it ended. */
        private Optional<LocalProcess> child = Optional.empty();

        private boolean lives = true;
        /** When to start it again; empty while it lives, and for ever after it was given up. */
        private Optional<Instant> due = Optional.empty();

        Watched(Instant now) {
            restarts = new Restarts(now);
        }
    }

    /** @param tell hears one sentence about each end and each start */
    Supervisor(Checkout checkout, InstantSource clock, Consumer<String> tell) {
        this.checkout = checkout;
        this.clock = clock;
        this.tell = tell;
        part(BrokerProcess.NAME);
        for (Service service : Service.values()) part(service.processName());
    }

    /** Makes a child known. */
    void adopt(LocalProcess child) {
        part(child.name()).child = Optional.of(child);
    }

    private Watched part(String name) {
        return parts.computeIfAbsent(name, _ -> new Watched(clock.instant()));
    }

    /** Watches until the system is no longer this process's. */
    void run() throws InterruptedException {
        while (look()) TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
    }

    /** After this nothing is started any more; what is being started is recorded first. */
    synchronized void stop() {
        stopping = true;
    }

    /** One look at every part; false when there is nothing left to watch. */
    synchronized boolean look() {
        if (stopping) return false;
        Optional<SystemRecord> read = SystemRecord.read(checkout.endpoints()).filter(Supervisor::own);
        if (read.isEmpty()) return false;
        for (String name : order()) notice(name, read.get());
        for (String name : order()) {
            SystemRecord record = SystemRecord.read(checkout.endpoints()).orElse(read.get());
            if (due(name, record)) start(name, record);
        }
        return true;
    }

    private static boolean own(SystemRecord record) {
        SystemRecord.Pid pid = record.processes().get(NAME);
        return pid != null && pid.pid() == ProcessHandle.current().pid();
    }

    /** The broker first. */
    private static List<String> order() {
        List<String> names = new ArrayList<>();
        names.add(BrokerProcess.NAME);
        for (Service service : Service.values()) names.add(service.processName());
        return names;
    }

    private void notice(String name, SystemRecord record) {
        Watched part = part(name);
        if (!part.lives || record.lives(name)) return;
        part.lives = false;
        ended(part, name, death(part, name, record));
    }

    private static String death(Watched part, String name, SystemRecord record) {
        String unknown = name + " ended, and only who had started it could tell how; logs are in "
                + record.state().resolve("logs");
        Failure failure =
                part.child.map(child -> child.end().join()).orElseGet(() -> new Failure(Failure.Kind.OUTSIDE, unknown));
        return String.valueOf(DiskSpace.of(record.state()).explain(failure).getMessage());
    }

    private void ended(Watched part, String name, String how) {
        Optional<Duration> pause = part.restarts.ended(clock.instant());
        part.due = pause.map(clock.instant()::plus);
        tell.accept(pause.map(wait -> "%s; it is started again in %d s".formatted(how, wait.toSeconds()))
                .orElseGet(
                        () -> "%s; %s has ended %d times in a row within %d minutes of its start and is left as it is:"
                                        .formatted(how, name, Restarts.MOST, Restarts.HEALTHY.toMinutes())
                                + " `make up` tries again"));
    }

    /** Without the broker a service would only end again. */
    private boolean due(String name, SystemRecord record) {
        boolean time =
                part(name).due.filter(due -> !clock.instant().isBefore(due)).isPresent();
        return time
                && (name.equals(BrokerProcess.NAME)
                        || record.lives(BrokerProcess.NAME) && Ports.answers(record.port(BrokerProcess.NAME)));
    }

    private void start(String name, SystemRecord record) {
        Watched part = part(name);
        part.due = Optional.empty();
        part.restarts.started(clock.instant());
        try {
            part.child = Optional.of(new Revival(checkout, record, tell).start(name));
            part.lives = true;
        } catch (Failure e) {
            ended(part, name, String.valueOf(e.getMessage()));
        }
    }
}
