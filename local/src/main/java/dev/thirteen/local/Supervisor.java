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
 * Starts the parts of a recorded system, watches over them, and starts again what ends by itself. It starts nothing for as long as
 * the record does not name its process, and ends when the record names another or none: then the system is somebody else's, or is
 * being stopped.
 */
final class Supervisor {
    /** Name of the process in the record. */
    static final String NAME = "supervisor";

    private static final Duration LOOK = Duration.ofMillis(500);
    /** A child's end is known at once; where the record has another process than the child, a look must not hang. */
    private static final Duration END_KNOWN = Duration.ofSeconds(1);

    private final Checkout checkout;
    private final InstantSource clock;
    private final Consumer<String> tell;
    private final Map<String, Watched> parts = new HashMap<>();
    private String trouble = "";
    private boolean anew;
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
        order().forEach(this::part);
    }

    /** Makes a child known. */
    void adopt(LocalProcess child) {
        part(child.name()).child = Optional.of(child);
    }

    private Watched part(String name) {
        return parts.computeIfAbsent(name, _ -> new Watched(clock.instant()));
    }

    /** Waits until the record names this process; false where nobody writes that in time. */
    boolean awaitRecord(Duration limit) {
        return Deadline.await(limit, () -> own().isPresent());
    }

    private Optional<SystemRecord> own() {
        return SystemRecord.read(checkout.endpoints())
                .filter(record -> Optional.ofNullable(record.processes().get(NAME))
                        .flatMap(SystemRecord.Pid::handle)
                        .filter(ProcessHandle.current()::equals)
                        .isPresent());
    }

    /**
     * Starts what is missing of the system, and returns when everything is ready.
     *
     * @throws Failure where something cannot be started; see {@link #abandon}
     */
    void bringUp() {
        SystemRecord record =
                own().orElseThrow(() -> new Failure(Failure.Kind.OUTSIDE, "the system is another's to start"));
        anew = order().stream().noneMatch(record::lives);
        Revival revival = new Revival(checkout, record, tell);
        try {
            revival.run(name -> launch(revival, name));
        } catch (Failure e) {
            throw DiskSpace.of(record.state()).explain(e);
        }
    }

    /** Not interrupted by {@link #stop}: what is not recorded would outlive this process unseen. */
    private synchronized LocalProcess launch(Revival revival, String name) {
        if (stopping) throw new Failure(Failure.Kind.OUTSIDE, "the start was cut short");
        LocalProcess child = revival.start(name);
        adopt(child);
        return child;
    }

    /**
     * After a start that failed: ends what it started, where nothing ran before it.
     *
     * @return whether nothing is left to watch
     */
    synchronized boolean abandon() {
        // Who stops this process finds in the record what was started.
        if (stopping) return true;
        if (!anew) return false;
        parts.values().forEach(part -> part.child.ifPresent(LocalProcess::kill));
        if (own().isPresent()) checkout.forget();
        return true;
    }

    /** Watches until the system is no longer this process's. */
    void run() throws InterruptedException {
        while (watch()) TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
    }

    /** After this nothing is started any more; what is being started is recorded first. */
    synchronized void stop() {
        stopping = true;
    }

    /** One look, which the next follows where it fails; the same failure is told once. */
    boolean watch() {
        try {
            boolean more = look();
            trouble = "";
            return more;
        } catch (RuntimeException e) {
            if (!words(e).equals(trouble)) tell.accept(words(e));
            trouble = words(e);
            return true;
        }
    }

    /** What a failure is told as. */
    static String words(RuntimeException e) {
        return e instanceof Failure ? String.valueOf(e.getMessage()) : "unexpected failure: " + e;
    }

    /** One look at every part; false when there is nothing left to watch. */
    synchronized boolean look() {
        if (stopping) return false;
        for (String name : order()) {
            // Anew for each: what was started before it is recorded, and the record may be gone meanwhile.
            Optional<SystemRecord> record = own();
            if (record.isEmpty()) return false;
            notice(name, record.get());
            if (due(name, record.get())) start(name, record.get());
        }
        return true;
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
        Failure unknown = new Failure(
                Failure.Kind.OUTSIDE,
                name + " ended, and only who had started it could tell how; logs are in "
                        + record.state().resolve("logs"));
        Failure failure = part.child
                .map(child -> child.end()
                        .completeOnTimeout(unknown, END_KNOWN.toMillis(), TimeUnit.MILLISECONDS)
                        .join())
                .orElse(unknown);
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
        } catch (RuntimeException e) {
            ended(part, name, words(e));
        }
    }
}
