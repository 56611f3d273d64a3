package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/system}: the whole system on this machine. */
@Command(
        name = "system",
        description = "The Kafka broker and the four services on this machine.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    @Option(names = "--home", hidden = true, defaultValue = "${env:THIRTEEN_HOME:-.}")
    private Path home = Path.of(".");

    private Main() {}

    /** Runs one command; exit status 0, 1 when it failed, 2 when the command line is wrong. */
    public static void main(String[] arguments) {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((problem, command, parsed) -> {
            if (!(problem instanceof Failure failure)) throw problem;
            System.err.println("thirteen: " + failure.getMessage());
            return 1;
        });
        System.exit(line.execute(arguments));
    }

    private Checkout checkout() {
        return new Checkout(home.toAbsolutePath().normalize());
    }

    private static final Consumer<String> TELL = sentence -> System.err.println("thirteen: " + sentence);

    @Command(description = "Starts the system and leaves it running.", mixinStandardHelpOptions = true)
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
        try (Checkout.Claim claim = checkout.claim(TELL)) {
            Path state = checkout.folder().resolve(data);
            LocalSystem system = LocalSystem.start(
                    new LocalSystem.Settings(checkout.home(), state, Map.of()),
                    ChildProcess.Life.DETACHED,
                    TELL,
                    started -> checkout.keep(state, started));
            for (Service service : Service.values()) {
                System.out.printf(
                        "%-8s gRPC %s%n", service.label(), system.endpoints().of(service));
            }
            System.out.printf("%-8s      %s%n", "kafka", system.endpoints().kafka());
            System.out.printf("logs     %s%n", state.resolve("logs"));
            System.out.println("Talk to it with bin/thirteen; stop it with `make down`.");
        } catch (RuntimeException e) {
            if (checkout.running().isEmpty()) checkout.forget();
            throw e;
        }
        return 0;
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
        TELL.accept(ended == 0 ? "nothing is running" : "stopped %d processes".formatted(ended));
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
        return system.alive().size() == Service.values().length + 1 ? 0 : 1;
    }
}
