package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Where the parts of one system listen, all on the loopback interface.
 *
 * @param kafka the broker, {@code host:port}
 * @param grpc gRPC port of each service
 * @param http port of health and metrics of each service
 */
public record Endpoints(String kafka, Map<Service, Integer> grpc, Map<Service, Integer> http) {
    /** Copies the maps. */
    public Endpoints {
        grpc = Map.copyOf(grpc);
        http = Map.copyOf(http);
    }

    /** How many ports the services take. */
    static final int PORTS = 2 * Service.values().length;

    /** The ports that clients expect, as on Kubernetes: in the order of {@link #on}. */
    static final List<Integer> USUAL_PORTS = List.of(9101, 9201, 9102, 9202, 9103, 9203, 9104, 9204);

    /** The services on these ports, of which each takes two. */
    static Endpoints on(String kafka, List<Integer> ports) {
        Map<Service, Integer> grpc = new LinkedHashMap<>();
        Map<Service, Integer> http = new LinkedHashMap<>();
        for (Service service : Service.values()) {
            grpc.put(service, ports.get(2 * service.ordinal()));
            http.put(service, ports.get(2 * service.ordinal() + 1));
        }
        return new Endpoints(kafka, grpc, http);
    }

    /**
     * The usual ports and a free one for the broker; in the place of what somebody listens on, another.
     *
     * @param tell hears which ports those are
     */
    static Endpoints usual(Consumer<String> tell) {
        List<Integer> wanted = new ArrayList<>(List.of(Ports.ANY));
        wanted.addAll(USUAL_PORTS);
        List<Integer> ports = Ports.freeOrOther(wanted);
        List<Integer> taken = new ArrayList<>(USUAL_PORTS);
        taken.removeAll(ports);
        if (!taken.isEmpty()) tell.accept("in use, so that other ports take their place: " + taken);
        return on("127.0.0.1:" + ports.getFirst(), ports.subList(1, ports.size()));
    }

    /** The same parts, but for one service on other ports: of a further process of it. */
    Endpoints with(Service service, List<Integer> ports) {
        Map<Service, Integer> ownGrpc = new LinkedHashMap<>(grpc);
        Map<Service, Integer> ownHttp = new LinkedHashMap<>(http);
        ownGrpc.put(service, ports.get(0));
        ownHttp.put(service, ports.get(1));
        return new Endpoints(kafka, ownGrpc, ownHttp);
    }

    /** gRPC address of a service, {@code host:port}. */
    public String of(Service service) {
        return "127.0.0.1:" + grpcPort(service);
    }

    /** Address of a service's health and metrics, {@code host:port}; rollout-service speaks the OpenAI dialect there too. */
    String http(Service service) {
        return "127.0.0.1:" + httpPort(service);
    }

    int grpcPort(Service service) {
        return port(grpc, service);
    }

    int httpPort(Service service) {
        return port(http, service);
    }

    private static int port(Map<Service, Integer> ports, Service service) {
        Integer port = ports.get(service);
        if (port == null) throw new Failure(Failure.Kind.BUG, service.processName() + " has no port");
        return port;
    }
}
