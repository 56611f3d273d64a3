package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A single-node Kafka broker (KRaft) as a process of its own, with share groups and transactions. Dies with the
 * process that started it, unless it was started detached.
 */
public final class BrokerProcess implements LocalProcess {
    /** Name of the process. */
    static final String NAME = "kafka";

    // A broker that was killed is let in again only when its old registration has run out.
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_GRACE = Duration.ofSeconds(15);
    private static final List<String> FLAGS = List.of(
            "-Xms64m",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED");

    private final Path folder;
    private final boolean temporary;
    private final Map<String, String> own;
    private final int port;
    private final int controllerPort;
    private final ChildProcess.Life life;
    private ChildProcess process;

    private BrokerProcess(
            Path folder, boolean temporary, Map<String, String> own, List<Integer> ports, ChildProcess.Life life) {
        this.folder = folder;
        this.temporary = temporary;
        this.own = own;
        this.port = ports.get(0);
        this.controllerPort = ports.get(1);
        this.life = life;
        this.process = launch();
    }

    /** Starts a broker on free ports in a temporary folder, which {@link #close} deletes. */
    public static BrokerProcess start() {
        return start(Map.of());
    }

    /** The same with settings of its own. */
    public static BrokerProcess start(Map<String, String> own) {
        try {
            Path folder = Files.createTempDirectory("thirteen-kafka");
            return started(new BrokerProcess(folder, true, own, Ports.free(2), ChildProcess.Life.TETHERED));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "no temporary folder for the broker: " + e.getMessage(), e);
        }
    }

    /** Starts a broker on free ports in a folder that stays; what an earlier broker left there is taken over. */
    public static BrokerProcess start(Path folder) {
        return started(launch(folder, ChildProcess.Life.TETHERED, Ports.free(2)));
    }

    /**
     * Launches a broker without waiting for it; {@link #awaitReady} does.
     *
     * @param ports of clients and of the controller
     */
    static BrokerProcess launch(Path folder, ChildProcess.Life life, List<Integer> ports) {
        return new BrokerProcess(folder, false, Map.of(), ports, life);
    }

    private static BrokerProcess started(BrokerProcess launched) {
        launched.awaitReady();
        return launched;
    }

    /** Address for clients, {@code host:port}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    @Override
    public String name() {
        return NAME;
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
    public void awaitReady() {
        // A broker opens its port only when it has been let into its cluster.
        boolean decided = Deadline.await(START_LIMIT, () -> !process.alive() || Ports.answers(port));
        if (decided && process.alive()) return;
        Failure failure = process.failure(
                process.alive() ? "did not answer within " + START_LIMIT.toSeconds() + " s" : "ended while starting");
        process.kill();
        throw failure;
    }

    @Override
    public CompletableFuture<Failure> end() {
        ChildProcess watched = process;
        return watched.end().thenApply(_ -> watched.ended());
    }

    /** Ends the broker and deletes a temporary folder. */
    @Override
    public void close() {
        if (temporary) {
            process.kill();
            Checkout.delete(folder);
        } else {
            stop();
        }
    }

    private ChildProcess launch() {
        Ports.requireFree("the broker", port);
        Ports.requireFree("the broker's controller", controllerPort);
        Path properties = folder.resolve("server.properties");
        Path logging = folder.resolve("logging.properties");
        try {
            Files.createDirectories(folder);
            Files.writeString(properties, new BrokerSettings(folder.resolve("data"), port, controllerPort, own).text());
            Files.writeString(logging, BrokerSettings.LOGGING);
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "the broker's folder %s cannot be written: %s".formatted(folder, e), e);
        }
        List<String> arguments = new ArrayList<>(FLAGS);
        arguments.addAll(BrokerClassPath.arguments(logging));
        arguments.addAll(List.of(BrokerMain.class.getName(), properties.toString()));
        return ChildProcess.java("the Kafka broker", arguments, folder.resolve("broker.log"), life);
    }
}
