package dev.thirteen.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Where the services answer: from options, else from the file that {@code make up} writes. */
final class Endpoints {
    /** The services that a person talks to. */
    enum Service {
        TRAINER,
        ROLLOUT,
        REWARD,
        EVAL;

        /** Key in the endpoints file and name of the option. */
        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<Service, String> given;
    private final Optional<Path> file;
    private final Map<String, String> environment;

    /**
     * @param given addresses from options; they win
     * @param file endpoints file from an option
     * @param environment environment of the process
     */
    Endpoints(Map<Service, String> given, Optional<Path> file, Map<String, String> environment) {
        this.given = new EnumMap<>(Service.class);
        this.given.putAll(given);
        this.file = file;
        this.environment = Map.copyOf(environment);
    }

    /**
     * host:port of a service.
     *
     * @throws Unreachable when no file says where it is
     */
    String of(Service service) {
        String address = given.get(service);
        if (address == null) address = fromFile(service);
        int colon = address.lastIndexOf(':');
        if (colon < 1 || !address.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new Failure(
                    Failure.Kind.CALLER, "the address '" + address + "' of " + service.key() + " is no HOST:PORT");
        }
        return address;
    }

    /** Folder of the logs of a system that runs on this machine. */
    Optional<Path> logs() {
        Path path = path();
        if (!Files.exists(path)) return Optional.empty();
        try {
            JsonNode folder = JSON.readTree(Files.readString(path)).path("folder");
            return Optional.of(folder)
                    .filter(JsonNode::isTextual)
                    .map(text -> Path.of(text.textValue()).resolve("logs"));
        } catch (IOException e) {
            return Optional.empty(); // whoever needs an address from it says so
        }
    }

    private String fromFile(Service service) {
        Path path = path();
        if (!Files.exists(path)) {
            throw new Unreachable(
                    "no running system: there is no " + path + " (start one with: make up, or say --" + service.key()
                            + " HOST:PORT)",
                    null);
        }
        try {
            JsonNode address = JSON.readTree(Files.readString(path)).get(service.key());
            if (address != null && address.isTextual()) return address.textValue();
            throw new Failure(Failure.Kind.CALLER, path + " has no address for '" + service.key() + "'");
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, path + " is no endpoints file (" + e.getMessage() + ")", e);
        }
    }

    private Path path() {
        if (file.isPresent()) return file.get();
        String named = environment.get("THIRTEEN_ENDPOINTS");
        if (named != null && !named.isBlank()) return Path.of(named);
        return Path.of(environment.getOrDefault("THIRTEEN_HOME", ""), ".thirteen", "endpoints.json");
    }
}
