package dev.thirteen.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The running system of a checkout, as {@code endpoints.json} tells clients and later commands.
 *
 * @param state folder of the system
 * @param life whether it dies with the process that started it
 * @param addresses {@code host:port} of {@code kafka}, of each service's gRPC port by the service's name, and of its
 *     port of health and metrics by that name and {@code -http}
 * @param processes every process by name
 */
record SystemRecord(Path state, ChildProcess.Life life, Map<String, String> addresses, Map<String, Pid> processes) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    SystemRecord {
        addresses = Map.copyOf(addresses);
        processes = Map.copyOf(processes);
    }

    /**
     * A process that is recognised after its number has been given to another.
     *
     * @param startedMillis when it was started, milliseconds since 1970-01-01 UTC
     */
    record Pid(long pid, long startedMillis) {
        /** The kernel counts from the boot, whose time moves when the clock is set. */
        private static final long SKEW_MILLIS = 2_000;

        static Pid of(long pid) {
            return new Pid(pid, ProcessHandle.of(pid).map(Pid::started).orElse(0L));
        }

        /** The process, when it still is there. */
        Optional<ProcessHandle> handle() {
            return ProcessHandle.of(pid)
                    .filter(Pid::runs)
                    .filter(found -> Math.abs(started(found) - startedMillis) <= SKEW_MILLIS);
        }

        /** Whether it has not ended. One that nobody has asked for its exit status counts as alive in Java, for ever. */
        static boolean runs(ProcessHandle handle) {
            return handle.isAlive() && !unasked(handle);
        }

        private static boolean unasked(ProcessHandle handle) {
            try {
                String stat = Files.readString(Path.of("/proc", Long.toString(handle.pid()), "stat"));
                return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
            } catch (IOException e) {
                return false; // no Linux, or it has ended by now, which the next look will show
            }
        }

        private static long started(ProcessHandle handle) {
            return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        }
    }

    /** The record of a system of which no process has been started yet. */
    static SystemRecord empty(Path state, ChildProcess.Life life, Endpoints endpoints) {
        Map<String, String> addresses = new LinkedHashMap<>();
        addresses.put("kafka", endpoints.kafka());
        for (Service service : Service.values()) {
            addresses.put(service.label(), endpoints.of(service));
            addresses.put(service.label() + "-http", endpoints.http(service));
        }
        return new SystemRecord(state, life, addresses, Map.of());
    }

    /** The record with a process as it runs now. */
    SystemRecord with(String name, long pid) {
        Map<String, Pid> more = new LinkedHashMap<>(processes);
        more.put(name, Pid.of(pid));
        return new SystemRecord(state, life, addresses, more);
    }

    /** Where the parts listen. */
    Endpoints endpoints() {
        List<Integer> ports = new ArrayList<>();
        for (Service service : Service.values()) {
            ports.add(port(service.label()));
            ports.add(port(service.label() + "-http"));
        }
        return Endpoints.on(address("kafka"), ports);
    }

    /** Port of a part by its name in {@link #addresses}. */
    int port(String name) {
        String address = address(name);
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private String address(String name) {
        String address = addresses.get(name);
        if (address == null) throw new Failure(Failure.Kind.OUTSIDE, "the record of the system has no " + name);
        return address;
    }

    /** Whether a process of this name still is there. */
    boolean lives(String name) {
        Pid pid = processes.get(name);
        return pid != null && pid.handle().isPresent();
    }

    /** Whether every part still is there. */
    boolean complete() {
        return lives(BrokerProcess.NAME)
                && Arrays.stream(Service.values()).allMatch(service -> lives(service.processName()));
    }

    /** Processes that still are there. */
    List<ProcessHandle> alive() {
        return processes.values().stream().flatMap(pid -> pid.handle().stream()).toList();
    }

    /** Writes the file; readers see the old one or the new one, never half of it. */
    void write(Path file) {
        ObjectNode root = JSON.createObjectNode();
        addresses.forEach(root::put);
        root.put("folder", state.toString());
        root.put("life", life.name());
        ObjectNode pids = root.putObject("processes");
        processes.forEach(
                (name, pid) -> pids.putObject(name).put("pid", pid.pid()).put("started", pid.startedMillis()));
        try {
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(fresh, root.toPrettyString() + "\n");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "%s cannot be written: %s".formatted(file, e), e);
        }
    }

    /** Reads the file; empty when there is none. */
    static Optional<SystemRecord> read(Path file) {
        if (Files.notExists(file)) return Optional.empty();
        try {
            JsonNode root = JSON.readTree(file.toFile());
            Map<String, String> addresses = new LinkedHashMap<>();
            Map<String, Pid> processes = new LinkedHashMap<>();
            root.properties().forEach(entry -> {
                if (entry.getValue().isTextual())
                    addresses.put(entry.getKey(), entry.getValue().asText());
            });
            root.path("processes").properties().forEach(entry -> {
                JsonNode pid = entry.getValue();
                processes.put(
                        entry.getKey(),
                        new Pid(pid.path("pid").asLong(), pid.path("started").asLong()));
            });
            Path state = Path.of(root.path("folder").asText());
            var life = ChildProcess.Life.valueOf(root.path("life").asText());
            addresses.keySet().removeAll(Set.of("folder", "life"));
            return Optional.of(new SystemRecord(state, life, addresses, processes));
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "%s cannot be read (%s): delete it".formatted(file, e.getMessage()), e);
        }
    }
}
