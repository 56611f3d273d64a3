package dev.thirteen.system;

import dev.thirteen.local.Endpoints;
import dev.thirteen.local.LocalProcess;
import dev.thirteen.local.LocalSystem;
import dev.thirteen.local.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One system for all tests, with a receiver for its traces; started by the first, ended after the last. */
final class SystemUnderTest implements AutoCloseable {
    /** Logs stay there for who wants to know why a test failed; what Kafka holds stays with them. */
    private final Path state = Path.of(System.getProperty("thirteen.home"))
            .resolve("system-tests")
            .resolve("target")
            .resolve("system");

    /** What a system must be started with to compute the same bits: as close to those of others as on any processor. */
    static final Map<String, String> ENGINE = Map.of("thirteen.engine.precision", "fp32");

    private final TraceReceiver traces;
    private final LocalSystem system;
    private final RunClient runs;

    private SystemUnderTest() {
        clear(state);
        traces = new TraceReceiver();
        Map<String, String> properties = new HashMap<>(ENGINE);
        properties.put("quarkus.otel.exporter.otlp.endpoint", traces.endpoint());
        properties.put("quarkus.otel.bsp.schedule.delay", "500ms");
        // Parts of gradients are for whoever takes them; where there is nobody, the trainer computes all.
        properties.put("thirteen.trainer.spread-gradients", "true");
        Path home = Path.of(System.getProperty("thirteen.home"));
        system = LocalSystem.start(new LocalSystem.Settings(home, state, properties), System.out::println);
        runs = new RunClient(system.endpoints());
    }

    RunClient runs() {
        return runs;
    }

    TraceReceiver traces() {
        return traces;
    }

    /** Where every part listens. */
    Endpoints endpoints() {
        return system.endpoints();
    }

    /** One of the services. */
    LocalProcess part(Service service) {
        return system.service(service);
    }

    /** One more pod of a service. */
    LocalSystem.Pod another(Service service) {
        return system.another(service);
    }

    /** A replica that computes parts of the trainer's gradients. */
    LocalProcess gradientReplica() {
        // By itself a process takes itself for the one of its service.
        Map<String, String> own = Map.of(
                "thirteen.trainer.role",
                "gradient",
                "thirteen.endpoints.trainer",
                system.endpoints().of(Service.TRAINER));
        return system.another(Service.TRAINER, own).process();
    }

    /** Trainer, rollout, reward and broker: every part that a run needs. */
    List<LocalProcess> partsOfARun() {
        List<LocalProcess> parts = new ArrayList<>();
        parts.add(system.broker());
        Stream.of(Service.TRAINER, Service.ROLLOUT, Service.REWARD)
                .map(system::service)
                .forEach(parts::add);
        return parts;
    }

    @Override
    public void close() {
        runs.close();
        system.close();
        traces.close();
    }

    private static void clear(Path folder) {
        if (Files.notExists(folder)) return;
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Hands the one system to tests. */
    static final class Provider implements ParameterResolver {
        private static final ExtensionContext.Namespace NAMESPACE =
                ExtensionContext.Namespace.create(SystemUnderTest.class);

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
            return parameter.getParameter().getType() == SystemUnderTest.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
            return test.getRoot()
                    .getStore(NAMESPACE)
                    .getOrComputeIfAbsent("system", key -> new SystemUnderTest(), SystemUnderTest.class);
        }
    }
}
