package dev.thirteen.local;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/system supervise}: the process that {@code up} leaves behind. It starts the parts and watches over them. */
@Command(
        name = "supervise",
        description = "Starts the recorded system and starts again what ends of it; up calls it.",
        hidden = true)
final class SuperviseCommand implements Callable<Integer> {
    /** The sentence after which all parts are ready. */
    static final String READY = "the system is ready, and watched over";
    /** The sentence after which some are not, and it has been said why. */
    static final String IN_PART =
            "not all of the system is ready; it is watched over, and what has ended is tried again";
    /** Exit status of one that could not start the system, and has said why. */
    static final int FAILED = 3;

    /** Who starts this process records it at once; where it was killed before that, nobody would find what is started. */
    private static final Duration RECORDED = Duration.ofSeconds(20);

    private static final Consumer<String> LOG =
            sentence -> System.out.println(SupervisorLog.line(LocalDateTime.now(), sentence));

    @Option(names = "--home", required = true)
    private Path home = Path.of(".");

    @Override
    public Integer call() throws InterruptedException {
        Checkout checkout = new Checkout(home);
        Supervisor supervisor = new Supervisor(checkout, InstantSource.system(), LOG);
        Runtime.getRuntime().addShutdownHook(new Thread(supervisor::stop));
        if (!supervisor.awaitRecord(RECORDED)) {
            LOG.accept("no record names this supervisor: it starts nothing");
            return FAILED;
        }
        try {
            supervisor.bringUp();
            LOG.accept(READY);
        } catch (RuntimeException e) {
            LOG.accept(Supervisor.words(e));
            if (supervisor.abandon()) return FAILED;
            LOG.accept(IN_PART);
        }
        supervisor.run();
        return 0;
    }
}
