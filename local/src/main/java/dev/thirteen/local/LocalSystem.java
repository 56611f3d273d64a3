package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A broker and the four services on free ports of this machine. */
public final class LocalSystem implements AutoCloseable {
    /** Kafka keeps writing while it runs; below this it would stop in the middle of a step. */
    private static final long LEAST_FREE_BYTES = 500L * 1024 * 1024;

    private final Endpoints endpoints;
    private final BrokerProcess broker;
    private final Map<Service, ServiceProcess> services = new EnumMap<>(Service.class);

    /**
     * What is started.
     *
     * @param home root of the repository, with the built services and {@code models/}
     * @param state folder of the system: records of the broker, logs and caches; what it holds is taken over
     * @param properties further settings of every service, by their configuration keys
     */
    public record Settings(Path home, Path state, Map<String, String> properties) {
        /** Copies the map and makes the folders absolute. */
        public Settings {
            home = home.toAbsolutePath().normalize();
            state = state.toAbsolutePath().normalize();
            properties = Map.copyOf(properties);
        }
    }

    private LocalSystem(Endpoints endpoints, BrokerProcess broker) {
        this.endpoints = endpoints;
        this.broker = broker;
    }

    /**
     * Starts a system that dies with this process, and returns when every part is ready.
     *
     * @param tell hears one sentence about each move
     */
    public static LocalSystem start(Settings settings, Consumer<String> tell) {
        return start(settings, ChildProcess.Life.TETHERED, tell, system -> {});
    }

    /**
     * Starts a system.
     *
     * @param started is told of the system after every process that was started, so that a record of it can be kept
     */
    static LocalSystem start(
            Settings settings, ChildProcess.Life life, Consumer<String> tell, Consumer<LocalSystem> started) {
        requireSpace(settings.state());
        tell.accept("starting the Kafka broker");
        BrokerProcess broker = BrokerProcess.start(settings.state().resolve("kafka"), life);
        LocalSystem system = new LocalSystem(Endpoints.choose(broker.bootstrapServers()), broker);
        try {
            started.accept(system);
            tell.accept("starting trainer, rollout, reward and eval service");
            var common = new ServiceProcess.Settings(
                    settings.home(), settings.state(), system.endpoints, settings.properties(), life);
            for (Service service : Service.values()) {
                system.services.put(service, ServiceProcess.launch(service, common));
                started.accept(system);
            }
            system.services.values().forEach(ServiceProcess::awaitReady);
            return system;
        } catch (RuntimeException e) {
            system.kill();
            throw e;
        }
    }

    /** Where every part listens. */
    public Endpoints endpoints() {
        return endpoints;
    }

    /** The broker. */
    public BrokerProcess broker() {
        return broker;
    }

    /** One of the services. */
    public LocalProcess service(Service service) {
        ServiceProcess process = services.get(service);
        if (process == null) throw new Failure(Failure.Kind.NOT_FOUND, service.label() + "-service was not started");
        return process;
    }

    /** Every process that was started, the broker first. */
    List<LocalProcess> processes() {
        List<LocalProcess> all = new ArrayList<>();
        all.add(broker);
        all.addAll(services.values());
        return all;
    }

    /** Ends every process at once, with SIGKILL. */
    void kill() {
        processes().reversed().forEach(LocalProcess::kill);
    }

    /** Stops the services and then the broker, in good order. */
    @Override
    public void close() {
        processes().reversed().forEach(LocalProcess::close);
    }

    private static void requireSpace(Path state) {
        try {
            Files.createDirectories(state);
            long free = Files.getFileStore(state).getUsableSpace();
            if (free >= LEAST_FREE_BYTES) return;
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "the disk of %s has %d MB left, and the system needs %d MB: free some space"
                            .formatted(state, free >> 20, LEAST_FREE_BYTES >> 20));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "%s cannot be used: %s".formatted(state, e), e);
        }
    }
}
