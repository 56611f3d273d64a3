package dev.thirteen.verifier.sandbox;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;

/**
 * A sandbox as a program of its own, for where a service may not make one: POST /run takes a program and answers with its end;
 * GET /ready answers 200. Whoever reaches the port may run programs: let nobody but the service reach it.
 */
public final class SandboxServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SandboxServer.class.getName());

    private final HttpServer server;
    private final Sandbox sandbox;

    /** Serves on a port; 0 means any that is free. */
    public SandboxServer(int port, Sandbox sandbox) throws IOException {
        this.sandbox = sandbox;
        this.server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext(SandboxWire.PATH, this::run);
        server.createContext("/ready", exchange -> answer(exchange, 200, new byte[0]));
        server.start();
    }

    /**
     * Starts on THIRTEEN_SANDBOX_PORT (9105) with THIRTEEN_SANDBOX_PROGRAMS (2) at once. Ends with 1 where programs cannot be
     * isolated, unless THIRTEEN_SANDBOX_CODE is "unconfined".
     */
    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        String python = PythonSandbox.interpreter(setting("PYTHON").orElse(""));
        Isolation isolation = PythonSandbox.isolation(python);
        boolean confined = !setting("CODE").equals(Optional.of("unconfined"));
        LOG.log(
                System.Logger.Level.INFO,
                "isolation of programs: " + (confined ? isolation.grade() : "none, as asked for"));
        if (confined && !isolation.suffices()) System.exit(1);
        int programs = setting("PROGRAMS").map(Integer::parseInt).orElse(2);
        int port = setting("PORT").map(Integer::parseInt).orElse(9105);
        SandboxServer server = new SandboxServer(port, new PythonSandbox(python, programs, confined));
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    }

    private static Optional<String> setting(String name) {
        return Optional.ofNullable(System.getenv("THIRTEEN_SANDBOX_" + name)).filter(value -> !value.isBlank());
    }

    /** The port that is served. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void run(HttpExchange exchange) throws IOException {
        try {
            byte[] body = exchange.getRequestBody().readNBytes(SandboxWire.MOST_BYTES);
            answer(exchange, 200, SandboxWire.bytes(sandbox.run(SandboxWire.program(body))));
        } catch (Failure e) {
            answer(exchange, e.kind() == Failure.Kind.CALLER ? 400 : 503, text(e));
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            answer(exchange, 400, text(e));
        }
    }

    private static byte[] text(Exception e) {
        return String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
