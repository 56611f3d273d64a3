package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folder {@code .thirteen} of a checkout, in which one system at a time may run. */
record Checkout(Path home) {
    private static final Duration STOP_GRACE = Duration.ofSeconds(30);
    /** Within this a start has recorded its first process, or has noticed that what it recorded was ended. */
    private static final Duration START_GRACE = Duration.ofMinutes(1);

    Path folder() {
        return home.resolve(".thirteen");
    }

    /** The file that tells clients where the running system is. */
    Path endpoints() {
        return folder().resolve("endpoints.json");
    }

    /** The running system, when one runs. */
    Optional<SystemRecord> running() {
        return SystemRecord.read(endpoints()).filter(record -> !record.alive().isEmpty());
    }

    /** The right to start a system; the kernel gives it back when this process ends, however it ends. */
    record Claim(FileChannel file) implements AutoCloseable {
        @Override
        public void close() {
            try {
                file.close();
            } catch (IOException e) {
                throw new Failure(Failure.Kind.OUTSIDE, "the lock cannot be released: " + e.getMessage(), e);
            }
        }
    }

    /** Claims the checkout for a new system: refuses when one runs in it, and clears what a dead one left. */
    Claim claim(Consumer<String> tell) {
        Claim claim = lock();
        try {
            if (running().isPresent()) {
                throw new Failure(
                        Failure.Kind.EXISTS, "a system is running in this checkout already: stop it with `make down`");
            }
            if (SystemRecord.read(endpoints()).isPresent()) {
                tell.accept("an earlier system ended without a word; clearing up");
                forget();
            }
            return claim;
        } catch (RuntimeException e) {
            claim.close();
            throw e;
        }
    }

    /** Keeps others from starting or ending a system in this checkout, whether one runs or not. */
    Claim lock() {
        return tryLock()
                .orElseThrow(() -> new Failure(
                        Failure.Kind.EXISTS,
                        "a demo, a start or a stop is under way in this checkout: wait for it, or end it"));
    }

    /** The same; empty where somebody else holds it. */
    private Optional<Claim> tryLock() {
        try {
            Files.createDirectories(folder());
            FileChannel file =
                    FileChannel.open(folder().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(file) == null) {
                file.close();
                return Optional.empty();
            }
            endOrphans();
            return Optional.of(new Claim(file));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "%s cannot be used: %s".formatted(folder(), e), e);
        }
    }

    /** Whoever started a tethered system holds the lock; when nobody did, it was killed and its children are dying. */
    private void endOrphans() {
        running().filter(record -> record.life() == ChildProcess.Life.TETHERED).ifPresent(record -> {
            record.alive().forEach(ProcessHandle::destroyForcibly);
            Deadline.await(STOP_GRACE, () -> record.alive().isEmpty());
        });
    }

    private static @Nullable FileLock lock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by this very process
        }
    }

    /** Keeps the record of a system as it is being started. */
    void keep(LocalSystem system) {
        system.record().write(endpoints());
    }

    /** Forgets the record of a system that has ended. */
    void forget() {
        try {
            Files.deleteIfExists(endpoints());
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "%s cannot be deleted: %s".formatted(endpoints(), e), e);
        }
    }

    /**
     * Ends the system, and what a start that is under way starts of one: it may have recorded nothing yet, and holds the lock for
     * as long. Nothing runs in this checkout when this returns, and no start is under way.
     *
     * @param tell hears that a start is waited for
     * @return how many processes were ended
     * @throws Failure EXISTS where a start goes on and on without a record
     */
    int stop(Consumer<String> tell) {
        int ended = endRecorded();
        Optional<Claim> claim = tryLock();
        if (claim.isEmpty()) tell.accept("a demo or a start is under way: what it starts is ended too");
        long limit = System.nanoTime() + START_GRACE.toNanos();
        while (claim.isEmpty()) {
            if (System.nanoTime() > limit) {
                throw new Failure(
                        Failure.Kind.EXISTS,
                        "a demo or a start has been under way for %d s with nothing to stop: end it, then `make down` again"
                                .formatted(START_GRACE.toSeconds()));
            }
            Deadline.pause();
            ended += endRecorded();
            claim = tryLock();
        }
        try (Claim _ = claim.get()) {
            // Recorded after the last look, by who had the lock then.
            ended += endRecorded();
            forget();
        }
        return ended;
    }

    /** Ends every process of the recorded system; services and broker stop in good order. Returns how many there were. */
    private int endRecorded() {
        int supervisors = endSupervisor();
        // Read after that: it may have started something meanwhile.
        Optional<SystemRecord> record = running();
        int alive = record.map(found -> found.alive().size()).orElse(0);
        record.ifPresent(Checkout::end);
        return supervisors + alive;
    }

    /** Ends who starts again what ends; the parts go on. Returns how many there were, 0 or 1. */
    int endSupervisor() {
        List<ProcessHandle> supervisor =
                running()
                        .map(record -> record.processes().get(Supervisor.NAME))
                        .flatMap(SystemRecord.Pid::handle)
                        .stream()
                        .toList();
        end(supervisor);
        return supervisor.size();
    }

    private static void end(SystemRecord record) {
        var broker = record.processes().get(BrokerProcess.NAME);
        Stream<SystemRecord.Pid> services = record.processes().values().stream().filter(pid -> pid != broker);
        end(services.flatMap(pid -> pid.handle().stream()).toList());
        // The broker last: the services finish their records first.
        if (broker != null) end(broker.handle().stream().toList());
    }

    private static void end(List<ProcessHandle> handles) {
        handles.forEach(ProcessHandle::destroy);
        if (Deadline.await(STOP_GRACE, () -> handles.stream().noneMatch(SystemRecord.Pid::runs))) return;
        handles.forEach(ProcessHandle::destroyForcibly);
        Deadline.await(STOP_GRACE, () -> handles.stream().noneMatch(SystemRecord.Pid::runs));
    }

    /** Deletes a folder of ours with all that it holds. */
    static void delete(Path folder) {
        if (Files.notExists(folder)) return;
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "%s cannot be deleted: %s".formatted(folder, e), e);
        }
    }
}
