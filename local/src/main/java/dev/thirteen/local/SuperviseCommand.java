package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/system supervise}: the process that {@code up} leaves behind. It starts the parts and watches over them. */
@Command(
        name = "supervise",
        description = "Starts the system and starts again what ends of it; up calls it.",
        hidden = true)
final class SuperviseCommand implements Callable<Integer> {
    /** The sentence after which all parts are ready. */
    static final String READY = "the system is ready, and watched over";
    /** Exit status of one that could not start the system, and has said why. */
    static final int FAILED = 3;

    private static final Consumer<String> LOG =
            sentence -> System.out.println(SupervisorLog.line(LocalDateTime.now(), sentence));

    @Option(names = "--home", required = true)
    private Path home = Path.of(".");

    @Option(names = "--state", required = true)
    private Path state = Path.of(".");

    @Override
    public Integer call() throws InterruptedException {
        Checkout checkout = new Checkout(home);
        Supervisor supervisor = new Supervisor(checkout, InstantSource.system(), LOG);
        Runtime.getRuntime().addShutdownHook(new Thread(supervisor::stop));
        try {
            bringUp(checkout).forEach(supervisor::adopt);
        } catch (Failure e) {
            LOG.accept(String.valueOf(e.getMessage()));
            return FAILED;
        }
        LOG.accept(READY);
        supervisor.run();
        return 0;
    }

    /** A new system, or the one that runs, with what has ended of it started again. Returns what was started. */
    private List<LocalProcess> bringUp(Checkout checkout) {
        return checkout.running()
                .map(running -> {
                    SystemRecord record = supervised(running);
                    record.write(checkout.endpoints());
                    return new Revival(checkout, record, LOG).run();
                })
                .orElseGet(() -> start(checkout));
    }

    private List<LocalProcess> start(Checkout checkout) {
        var settings = new LocalSystem.Settings(checkout.home(), state, Map.of());
        try {
            return LocalSystem.start(
                            settings,
                            ChildProcess.Life.DETACHED,
                            LOG,
                            system -> supervised(system.record()).write(checkout.endpoints()))
                    .processes();
        } catch (RuntimeException e) {
            checkout.forget();
            throw e;
        }
    }

    private static SystemRecord supervised(SystemRecord record) {
        return record.with(Supervisor.NAME, ProcessHandle.current().pid());
    }
}
