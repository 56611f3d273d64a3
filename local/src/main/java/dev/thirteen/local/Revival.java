package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** Starts what a recorded system is to have and has not, on the recorded ports: what lives need not notice. */
final class Revival {
    private final Checkout checkout;
    private final Consumer<String> tell;
    private SystemRecord record;

    /** @param record a system that outlives its starter */
    Revival(Checkout checkout, SystemRecord record, Consumer<String> tell) {
        this.checkout = checkout;
        this.record = record;
        this.tell = tell;
    }

    /**
     * Starts what is missing, and returns when everything answers.
     *
     * @param start calls {@link #start} with the name of a part
     * @throws Failure where a part cannot be started; what was started by then goes on
     */
    void run(Function<String, LocalProcess> start) {
        DiskSpace.of(record.state()).requireEnough();
        if (!record.lives(BrokerProcess.NAME))
            startMissing(BrokerProcess.NAME, start).awaitReady();
        List<LocalProcess> started = new ArrayList<>();
        for (Service service : Service.values()) {
            if (!record.lives(service.processName())) started.add(startMissing(service.processName(), start));
        }
        started.forEach(LocalProcess::awaitReady);
        awaitReady();
    }

    private LocalProcess startMissing(String name, Function<String, LocalProcess> start) {
        String part = name.equals(BrokerProcess.NAME) ? "the Kafka broker" : name;
        boolean known = record.processes().containsKey(name);
        tell.accept(known ? part + " has ended: starting it again" : "starting " + part);
        return start.apply(name);
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
        List<Integer> ports = List.of(record.port(BrokerProcess.NAME), controllerPort());
        return BrokerProcess.launch(record.state().resolve("kafka"), ChildProcess.Life.DETACHED, ports);
    }

    /** Only the broker itself uses it; a part that does not listen yet must find its own port free. */
    private int controllerPort() {
        List<Integer> ports = new ArrayList<>(Ports.free(record.addresses().size() + 1));
        ports.removeAll(record.addresses().keySet().stream().map(record::port).toList());
        return ports.getFirst();
    }

    private LocalProcess service(Service service) {
        return ServiceProcess.launch(
                service,
                new ServiceProcess.Settings(
                        checkout.home(), record.state(), record.endpoints(), Map.of(), ChildProcess.Life.DETACHED));
    }
}
