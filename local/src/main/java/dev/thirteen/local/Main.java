package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
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
        subcommands = {UpCommand.class, SuperviseCommand.class, MeasureCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    @Option(names = "--home", hidden = true, defaultValue = "${env:THIRTEEN_HOME:-.}")
    private Path home = Path.of(".");

    private Main() {}

    /** Runs one command; exit status 0, 1 when it failed, 2 when the command line is wrong, and see {@link Demo#FAILED}. */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
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

    static final Consumer<String> TELL = sentence -> System.err.println("thirteen: " + sentence);

    @Command(
            description = "Trains 13 numbers on the bundled model and shows what they gained.",
            mixinStandardHelpOptions = true)
    int demo() {
        return new Demo(checkout(), new PrintWriter(System.out, false, StandardCharsets.UTF_8), TELL).run();
    }

    @Command(description = "Stops the system; its data stays.", mixinStandardHelpOptions = true)
    int down() {
        int ended = checkout().stop(TELL);
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
                        Locale.ROOT,
                        "%-16s pid %-8d %s%n",
                        name,
                        pid.pid(),
                        pid.handle().isPresent() ? "running" : "ended"));
        if (system.life() == ChildProcess.Life.DETACHED) {
            System.out.println(
                    system.lives(Supervisor.NAME)
                            ? "what ended by itself and was started again is told in "
                                    + SupervisorLog.in(system.state())
                            : "what ends is not started again: `make up` changes that");
        }
        return system.complete() ? 0 : 1;
    }
}
