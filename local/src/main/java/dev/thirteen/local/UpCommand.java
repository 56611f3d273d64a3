package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/system up}: leaves a supervisor behind, whose children the parts are, and returns when they are ready. */
@Command(
        name = "up",
        description = "Starts the system, or what has ended of it, and leaves it running; a part that ends by itself is"
                + " started again.",
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    private static final List<String> JVM_FLAGS = List.of(
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    @Option(names = "--home", hidden = true, defaultValue = "${env:THIRTEEN_HOME:-.}")
    private Path home = Path.of(".");

    @Option(
            names = "--data",
            paramLabel = "NAME",
            defaultValue = "system",
            description = "Folder of the data below .thirteen: system, or demo for what the demo trained. Default:"
                    + " ${DEFAULT-VALUE}")
    private String data = "system";

    @Override
    public Integer call() {
        Checkout checkout = new Checkout(home.toAbsolutePath().normalize());
        if (!data.matches("[a-z0-9-]+")) {
            throw new Failure(Failure.Kind.CALLER, "--data takes lower-case letters, digits and hyphens: " + data);
        }
        Path state = checkout.folder().resolve(data);
        try (Checkout.Claim claim = checkout.lock()) {
            checkout.running().ifPresent(running -> requireSame(running, state));
            if (!bringUp(checkout, state)) return 1;
            checkout.running().ifPresent(UpCommand::print);
        }
        return 0;
    }

    private static void requireSame(SystemRecord running, Path state) {
        if (running.state().equals(state)) return;
        throw new Failure(
                Failure.Kind.EXISTS,
                "a system on the data in %s is running in this checkout: stop it with `make down`, then `make up`"
                        .formatted(running.state()));
    }

    /** Whether all is ready; where it is not, it has been said why. */
    private static boolean bringUp(Checkout checkout, Path state) {
        AtomicBoolean done = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!done.get()) Main.TELL.accept("cut short, and the start goes on: `make down` ends what was started");
        }));
        try {
            Optional<SystemRecord> whole =
                    checkout.running().filter(running -> running.complete() && running.lives(Supervisor.NAME));
            if (whole.isEmpty()) return supervised(checkout, state);
            Main.TELL.accept("the system is running already");
            new Revival(checkout, whole.get(), Main.TELL).awaitReady();
            return true;
        } finally {
            done.set(true);
        }
    }

    private static boolean supervised(Checkout checkout, Path state) {
        // One that gave up, or is starting still, would be in the way of the next.
        checkout.endSupervisor();
        if (checkout.running().filter(SystemRecord::complete).isPresent()) {
            Main.TELL.accept("the system is running already, and is watched over from now on");
        }
        SupervisorLog log = new SupervisorLog(SupervisorLog.in(state));
        return relay(log, leave(checkout, state));
    }

    /** Starts a supervisor of what runs, or of a system that is to run. It starts nothing before it is recorded. */
    static ChildProcess leave(Checkout checkout, Path state) {
        SystemRecord record = checkout.running()
                .orElseGet(() -> SystemRecord.empty(state, ChildProcess.Life.DETACHED, Endpoints.usual(Main.TELL)));
        ChildProcess supervisor = launch(checkout, SupervisorLog.in(state));
        record.with(Supervisor.NAME, supervisor.pid()).write(checkout.endpoints());
        return supervisor;
    }

    private static ChildProcess launch(Checkout checkout, Path file) {
        List<String> arguments = new ArrayList<>(JVM_FLAGS);
        arguments.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "supervise"));
        arguments.addAll(List.of("--home", checkout.home().toString()));
        return ChildProcess.java("the supervisor", arguments, file, ChildProcess.Life.DETACHED);
    }

    /** Relays what the supervisor says until the system is ready, or is not to be. It has limits of its own for every part. */
    private static boolean relay(SupervisorLog log, ChildProcess supervisor) {
        boolean alive = true;
        while (alive) {
            // Asked before the last of its words are read.
            alive = supervisor.alive();
            for (String sentence : log.next()) {
                if (sentence.equals(SuperviseCommand.READY)) return true;
                Main.TELL.accept(sentence);
                if (sentence.equals(SuperviseCommand.IN_PART)) return false;
            }
            Deadline.pause();
        }
        if (supervisor.end().join() == SuperviseCommand.FAILED) return false;
        throw supervisor.failure("ended before the system was ready");
    }

    private static void print(SystemRecord system) {
        Endpoints endpoints = system.endpoints();
        for (Service service : Service.values()) {
            System.out.printf(
                    Locale.ROOT,
                    "%-8s gRPC %s  HTTP %s%n",
                    service.label(),
                    endpoints.of(service),
                    endpoints.http(service));
        }
        System.out.printf(Locale.ROOT, "%-8s      %s%n", "kafka", endpoints.kafka());
        System.out.printf(Locale.ROOT, "%-8s      http://%s/v1%n", "OpenAI", endpoints.http(Service.ROLLOUT));
        System.out.printf(Locale.ROOT, "logs     %s%n", system.state().resolve("logs"));
        System.out.println("Talk to it with bin/thirteen; stop it with `make down`.");
    }
}
