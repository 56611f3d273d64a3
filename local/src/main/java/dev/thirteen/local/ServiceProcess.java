package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One of the four services as a process of its own. */
public final class ServiceProcess implements LocalProcess {
    static final Duration START_LIMIT = Duration.ofSeconds(180);
    private static final Duration STOP_GRACE = Duration.ofSeconds(25);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

    private final Service service;
    private final Settings settings;
    private ChildProcess process;

    /**
     * What a service is started with.
     *
     * @param home root of the repository
     * @param state folder of the system: logs and caches
     * @param endpoints where every part listens
     * @param properties further settings, by their configuration keys
     */
    record Settings(
            Path home, Path state, Endpoints endpoints, Map<String, String> properties, ChildProcess.Life life) {
        Settings {
            properties = Map.copyOf(properties);
        }
    }

    private ServiceProcess(Service service, Settings settings) {
        this.service = service;
        this.settings = settings;
        this.process = launch();
    }

    /** Launches a service without waiting for it; {@link #awaitReady} does. */
    static ServiceProcess launch(Service service, Settings settings) {
        return new ServiceProcess(service, settings);
    }

    @Override
    public String name() {
        return service.processName();
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public Path log() {
        return process.log();
    }

    @Override
    public void kill() {
        process.kill();
    }

    @Override
    public void stop() {
        process.stop(STOP_GRACE);
    }

    @Override
    public void restart() {
        if (process.alive()) stop();
        process = launch();
        awaitReady();
    }

    @Override
    public void close() {
        stop();
    }

    @Override
    public CompletableFuture<Failure> end() {
        ChildProcess watched = process;
        return watched.end().thenApply(_ -> watched.ended());
    }

    @Override
    public void awaitReady() {
        boolean decided = Deadline.await(START_LIMIT, () -> !process.alive() || ready());
        if (decided && process.alive()) return;
        Failure failure = process.failure(
                process.alive() ? "was not ready within " + START_LIMIT.toSeconds() + " s" : "ended while starting");
        process.kill();
        throw failure;
    }

    private ChildProcess launch() {
        Path program = service.program(settings.home());
        if (!Files.isRegularFile(program)) {
            throw new Failure(Failure.Kind.NOT_FOUND, "%s is not built: %s is missing".formatted(name(), program));
        }
        Ports.requireFree(name(), settings.endpoints().grpcPort(service));
        Ports.requireFree(name(), settings.endpoints().httpPort(service));
        Path log = settings.state().resolve("logs").resolve(service.label() + ".log");
        return ChildProcess.java(name(), arguments(program), log, settings.life());
    }

    private List<String> arguments(Path program) {
        Endpoints endpoints = settings.endpoints();
        List<String> arguments = new ArrayList<>(service.jvmFlags());
        arguments.add("-Dquarkus.http.host=127.0.0.1");
        arguments.add("-Dquarkus.http.port=" + endpoints.httpPort(service));
        arguments.add("-Dquarkus.grpc.server.host=127.0.0.1");
        arguments.add("-Dquarkus.grpc.server.port=" + endpoints.grpcPort(service));
        arguments.add("-Dthirteen.kafka.bootstrap-servers=" + endpoints.kafka());
        arguments.add(
                "-Dthirteen.cache.folder=" + settings.state().resolve("cache").resolve(service.label()));
        arguments.add("-Dthirteen.models.root=" + settings.home().resolve("models"));
        arguments.add("-Dthirteen.models.absolute-paths=true");
        // Whoever ends a system on one machine does not want to wait for long groups: they are given back.
        arguments.add("-Dthirteen.rollout.shutdown-grace=5s");
        for (Service other : Service.values()) {
            arguments.add("-Dthirteen.endpoints.%s=%s".formatted(other.label(), endpoints.of(other)));
        }
        settings.properties().forEach((key, value) -> arguments.add("-D%s=%s".formatted(key, value)));
        arguments.add("-jar");
        arguments.add(program.toString());
        return arguments;
    }

    private boolean ready() {
        return ready(settings.endpoints().httpPort(service));
    }

    /** Whether a service says that it is ready. */
    static boolean ready(int httpPort) {
        URI health = URI.create("http://127.0.0.1:%d/q/health/ready".formatted(httpPort));
        HttpRequest request =
                HttpRequest.newBuilder(health).timeout(Duration.ofSeconds(2)).build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false; // not listening yet
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while waiting for a service", e);
        }
    }
}
