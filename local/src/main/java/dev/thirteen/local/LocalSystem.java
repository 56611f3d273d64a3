package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** A broker and the four services on ports of this machine, which die with this process. */
public final class LocalSystem implements AutoCloseable {
    private final Settings settings;
    private final Endpoints endpoints;
    private final BrokerProcess broker;
    private final Map<Service, ServiceProcess> services = new EnumMap<>(Service.class);
    private final List<ServiceProcess> pods = new ArrayList<>();

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

    private LocalSystem(Settings settings, List<Integer> ports) {
        this.settings = settings;
        this.broker = BrokerProcess.launch(
                settings.state().resolve("kafka"), ChildProcess.Life.TETHERED, ports.subList(0, 2));
        this.endpoints = Endpoints.on(broker.bootstrapServers(), ports.subList(2, ports.size()));
    }

    /**
     * Starts a system on free ports that dies with this process, and returns when every part is ready.
     *
     * @param tell hears one sentence about each move
     */
    public static LocalSystem start(Settings settings, Consumer<String> tell) {
        return start(settings, tell, system -> {});
    }

    /**
     * The same, for who keeps a record of it.
     *
     * @param started is told of the system after every process that was started
     */
    static LocalSystem start(Settings settings, Consumer<String> tell, Consumer<LocalSystem> started) {
        DiskSpace.of(settings.state()).requireEnough();
        tell.accept("starting the Kafka broker");
        // Of the broker, its controller, and the services; all from one request, so that no two are the same.
        LocalSystem system = new LocalSystem(settings, Ports.free(2 + Endpoints.PORTS));
        try {
            // Told before anything is waited for: what is not recorded would outlive a Ctrl-C.
            started.accept(system);
            system.broker.awaitReady();
            tell.accept("starting trainer, rollout, reward and eval service");
            for (Service service : Service.values()) {
                system.services.put(service, ServiceProcess.launch(service, system.common()));
                started.accept(system);
            }
            system.services.values().forEach(LocalProcess::awaitReady);
            return system;
        } catch (RuntimeException e) {
            Failure explained = e instanceof Failure failure
                    ? DiskSpace.of(settings.state()).explain(failure)
                    : null;
            system.kill();
            throw explained == null ? e : explained;
        }
    }

    private ServiceProcess.Settings common() {
        return own(settings.state(), endpoints, settings.properties());
    }

    private ServiceProcess.Settings own(Path state, Endpoints where, Map<String, String> properties) {
        return new ServiceProcess.Settings(settings.home(), state, where, properties, ChildProcess.Life.TETHERED);
    }

    /** The system as a file tells of it. */
    SystemRecord record() {
        SystemRecord record = SystemRecord.empty(settings.state(), ChildProcess.Life.TETHERED, endpoints);
        for (LocalProcess process : processes()) record = record.with(process.name(), process.pid());
        return record;
    }

    /** Completes with the reason when the first process of the system ends. */
    CompletableFuture<Failure> death() {
        CompletableFuture<Failure> first = new CompletableFuture<>();
        for (LocalProcess process : processes()) process.end().thenAccept(first::complete);
        return first.thenApply(death -> DiskSpace.of(settings.state()).explain(death));
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

    /** One more process of a service beside the first: a second pod. Returns when it is ready. */
    public Pod another(Service service) {
        return another(service, Map.of());
    }

    /** The same with settings of its own, by their configuration keys. */
    public Pod another(Service service, Map<String, String> more) {
        Endpoints own = endpoints.with(service, Ports.free(2));
        Path state = settings.state().resolve("pods").resolve(Integer.toString(pods.size()));
        Map<String, String> properties = new HashMap<>(settings.properties());
        properties.putAll(more);
        ServiceProcess process = ServiceProcess.launch(service, own(state, own, properties));
        pods.add(process);
        process.awaitReady();
        return new Pod(process, own.of(service), own.httpPort(service));
    }

    /**
     * A further process of a service.
     *
     * @param address its gRPC address, {@code host:port}
     * @param httpPort its other port, on the same host
     */
    public record Pod(LocalProcess process, String address, int httpPort) {}

    /** Every process that was started, the broker first. */
    List<LocalProcess> processes() {
        List<LocalProcess> all = new ArrayList<>();
        all.add(broker);
        all.addAll(services.values());
        all.addAll(pods);
        return all;
    }

    /** Ends every process at once, with SIGKILL. */
    void kill() {
        processes().reversed().forEach(LocalProcess::kill);
    }

    /** Stops the services and then the broker, in good order. Each takes seconds to give its work back: all of them at once. */
    @Override
    public void close() {
        List<LocalProcess> parts = new ArrayList<>(services.values());
        parts.addAll(pods);
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            parts.forEach(part -> each.execute(part::close));
        }
        broker.close();
    }
}
