package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Starts again what has ended of a recorded system, on the same ports: what lives need not notice. */
final class Revival {
    private final Checkout checkout;
    private final Consumer<String> tell;
    private SystemRecord record;

    /** @param record a system that was started detached */
    Revival(Checkout checkout, SystemRecord record, Consumer<String> tell) {
        this.checkout = checkout;
        this.record = record;
        this.tell = tell;
    }

    /** Starts what is missing and returns what was started, when everything answers. */
    List<LocalProcess> run() {
        DiskSpace.of(record.state()).requireEnough();
        List<LocalProcess> started = new ArrayList<>();
        if (!record.lives(BrokerProcess.NAME)) {
            LocalProcess broker = startEnded(BrokerProcess.NAME);
            started.add(broker);
            broker.awaitReady();
        }
        for (Service service : Service.values()) {
            if (!record.lives(service.processName())) started.add(startEnded(service.processName()));
        }
        started.forEach(LocalProcess::awaitReady);
        awaitReady();
        return started;
    }

    private LocalProcess startEnded(String name) {
        tell.accept(name + " has ended: starting it again");
        return start(name);
    }

    /** Returns when every service is ready. */
    void awaitReady() {
        for (Service service : Service.values()) awaitReady(service);
    }

    /** Those that live may be starting still, where an earlier start was cut short. */
    private void awaitReady(Service service) {
        int port = record.endpoints().httpPort(service);
        if (Deadline.await(ServiceProcess.START_LIMIT, () -> ServiceProcess.ready(port))) return;
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "%s runs and is not ready: `make down` and `make up` start it anew; its log is in %s"
                        .formatted(service.processName(), record.state().resolve("logs")));
    }

    /** Starts one part by the name of its process, without waiting for it. */
    LocalProcess start(String name) {
        LocalProcess process = name.equals(BrokerProcess.NAME) ? broker() : service(Service.ofProcess(name));
        record = record.with(name, process.pid());
        try {
            record.write(checkout.endpoints());
        } catch (Failure e) {
            // Nobody would find it again.
            process.kill();
            throw e;
        }
        return process;
    }

    private LocalProcess broker() {
        // Only the broker itself uses the controller's port.
        List<Integer> ports =
                List.of(record.port(BrokerProcess.NAME), Ports.free(1).getFirst());
        return BrokerProcess.launch(record.state().resolve("kafka"), ChildProcess.Life.DETACHED, ports);
    }

    private LocalProcess service(Service service) {
        return ServiceProcess.launch(
                service,
                new ServiceProcess.Settings(
                        checkout.home(), record.state(), record.endpoints(), Map.of(), ChildProcess.Life.DETACHED));
    }
}
