package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/system}: the whole system on this machine. */
@Command(
        name = "bin/system",
        description = "The Kafka broker and the four services on this machine.",
        mixinStandardHelpOptions = true,
        subcommands = MeasureCommand.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    @Option(names = "--home", hidden = true, defaultValue = "${env:THIRTEEN_HOME:-.}")
    private Path home = Path.of(".");

    private Main() {}

    /** Runs one command; exit status 0, 1 when it failed, 2 when the command line is wrong, and see {@link Demo#FAILED}. */
    public static void main(String[] arguments) {
        // What libraries tell of themselves is for nobody here; gRPC does.
        Logger.getLogger("").setLevel(Level.WARNING);
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((problem, command, parsed) -> {
            boolean known = problem instanceof Failure;
            System.err.println("thirteen: " + (known ? problem.getMessage() : "unexpected failure: " + problem));
            return 1;
        });
        System.exit(line.execute(arguments));
    }

    private Checkout checkout() {
        return new Checkout(home.toAbsolutePath().normalize());
    }

    private static final Consumer<String> TELL = sentence -> System.err.println("thirteen: " + sentence);

    @Command(
            description = "Starts the system, or what has ended of it, and leaves it running.",
            mixinStandardHelpOptions = true)
    int up(
            @Option(
                            names = "--data",
                            paramLabel = "NAME",
                            defaultValue = "system",
                            description = "Folder of the data below .thirteen: system, or demo for what the demo"
                                    + " trained. Default: ${DEFAULT-VALUE}")
                    String data) {
        Checkout checkout = checkout();
        if (!data.matches("[a-z0-9-]+")) {
            throw new Failure(Failure.Kind.CALLER, "--data takes lower-case letters, digits and hyphens: " + data);
        }
        Path state = checkout.folder().resolve(data);
        try (Checkout.Claim claim = checkout.lock()) {
            print(bringUp(checkout, state));
        }
        return 0;
    }

    /** A new system, or the one that runs, with what has ended of it started again. */
    private static SystemRecord bringUp(Checkout checkout, Path state) {
        AtomicBoolean done = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!done.get()) TELL.accept("cut short: `make up` goes on, `make down` ends what was started");
        }));
        try {
            return checkout.running()
                    .map(running -> revive(checkout, running, state))
                    .orElseGet(() -> start(checkout, state));
        } finally {
            done.set(true);
        }
    }

    private static SystemRecord start(Checkout checkout, Path state) {
        try {
            var settings = new LocalSystem.Settings(checkout.home(), state, Map.of());
            return LocalSystem.start(settings, ChildProcess.Life.DETACHED, TELL, checkout::keep)
                    .record();
        } catch (RuntimeException e) {
            checkout.forget();
            throw e;
        }
    }

    private static SystemRecord revive(Checkout checkout, SystemRecord running, Path state) {
        if (!running.state().equals(state)) {
            throw new Failure(
                    Failure.Kind.EXISTS,
                    "a system on the data in %s is running in this checkout: stop it with `make down`, then `make up`"
                            .formatted(running.state()));
        }
        if (running.complete()) TELL.accept("the system is running already");
        return new Revival(checkout, running, TELL).run();
    }

    private static void print(SystemRecord system) {
        Endpoints endpoints = system.endpoints();
        for (Service service : Service.values()) {
            System.out.printf(
                    "%-8s gRPC %s  HTTP %s%n", service.label(), endpoints.of(service), endpoints.http(service));
        }
        System.out.printf("%-8s      %s%n", "kafka", endpoints.kafka());
        System.out.printf("%-8s      http://%s/v1%n", "OpenAI", endpoints.http(Service.ROLLOUT));
        System.out.printf("logs     %s%n", system.state().resolve("logs"));
        System.out.println("Talk to it with bin/thirteen; stop it with `make down`.");
    }

    @Command(
            description = "Trains 13 numbers on the bundled model and shows what they gained.",
            mixinStandardHelpOptions = true)
    int demo() {
        return new Demo(checkout(), new PrintWriter(System.out, false, StandardCharsets.UTF_8), TELL).run();
    }

    @Command(description = "Stops the system; its data stays.", mixinStandardHelpOptions = true)
    int down() {
        int ended = checkout().stop();
        TELL.accept(
                ended == 0 ? "nothing is running" : "stopped %d process%s".formatted(ended, ended == 1 ? "" : "es"));
        return 0;
    }

    @Command(description = "Says what runs; exit status 1 when not all of it does.", mixinStandardHelpOptions = true)
    int status() {
        var record = checkout().running();
        if (record.isEmpty()) {
            System.out.println("nothing is running; start with `make up`");
            return 1;
        }
        SystemRecord system = record.get();
        system.processes()
                .forEach((name, pid) -> System.out.printf(
                        "%-16s pid %-8d %s%n", name, pid.pid(), pid.handle().isPresent() ? "running" : "ended"));
        return system.complete() ? 0 : 1;
    }
}
