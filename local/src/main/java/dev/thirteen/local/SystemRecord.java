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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The running system of a checkout, as {@code endpoints.json} tells clients and later commands.
 *
 * @param state folder of the system
 * @param addresses {@code host:port} of {@code kafka} and of the gRPC port of each service
 * @param processes every process by name
 */
record SystemRecord(Path state, Map<String, String> addresses, Map<String, Pid> processes) {
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
        static Pid of(long pid) {
            return new Pid(pid, ProcessHandle.of(pid).map(Pid::started).orElse(0L));
        }

        /** The process, when it still is there. */
        Optional<ProcessHandle> handle() {
            return ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .filter(found -> started(found) == startedMillis);
        }

        private static long started(ProcessHandle handle) {
            return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        }
    }

    /** The record of a system as far as it has been started. */
    static SystemRecord of(Path state, LocalSystem system) {
        Map<String, String> addresses = new LinkedHashMap<>();
        addresses.put("kafka", system.endpoints().kafka());
        for (Service service : Service.values())
            addresses.put(service.label(), system.endpoints().of(service));
        Map<String, Pid> processes = new LinkedHashMap<>();
        system.processes().forEach(process -> processes.put(process.name(), Pid.of(process.pid())));
        return new SystemRecord(state, addresses, processes);
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
            String state = addresses.remove("folder");
            return Optional.of(new SystemRecord(Path.of(state == null ? "" : state), addresses, processes));
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "%s cannot be read (%s): delete it".formatted(file, e.getMessage()), e);
        }
    }
}
