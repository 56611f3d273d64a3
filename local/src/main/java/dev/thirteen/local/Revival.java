package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
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

    /** Starts what is missing and returns when it answers. */
    SystemRecord run() {
        DiskSpace.of(record.state()).requireEnough();
        if (!record.lives(BrokerProcess.NAME)) broker();
        List<ServiceProcess> started = new ArrayList<>();
        for (Service service : Service.values()) {
            if (!record.lives(service.processName())) started.add(service(service));
        }
        started.forEach(ServiceProcess::awaitReady);
        for (Service service : Service.values()) awaitReady(service);
        return record;
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

    private void broker() {
        tell.accept("the Kafka broker has ended: starting it again");
        // Only the broker itself uses the controller's port.
        List<Integer> ports =
                List.of(record.port(BrokerProcess.NAME), Ports.free(1).getFirst());
        Path folder = record.state().resolve("kafka");
        BrokerProcess broker = BrokerProcess.launch(folder, ChildProcess.Life.DETACHED, ports);
        keep(broker);
        broker.awaitReady();
    }

    private ServiceProcess service(Service service) {
        tell.accept(service.processName() + " has ended: starting it again");
        ServiceProcess process = ServiceProcess.launch(
                service,
                new ServiceProcess.Settings(
                        checkout.home(), record.state(), record.endpoints(), Map.of(), ChildProcess.Life.DETACHED));
        keep(process);
        return process;
    }

    private void keep(LocalProcess process) {
        record = record.with(process);
        record.write(checkout.endpoints());
    }
}
