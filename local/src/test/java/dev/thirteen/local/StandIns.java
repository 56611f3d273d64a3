package dev.thirteen.local;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A checkout with real processes in the place of the services, and of the broker a process and a port that answers. */
final class StandIns implements AutoCloseable {
    final Checkout checkout;
    final Process broker = sleep();
    final ServerSocket kafka;

    /** A service that is ready at once and lives until it is killed, or, where its jar has a file "broken" beside it, ends. */
    static final class Part {
        public static void main(String[] arguments) throws Exception {
            Path jar = Path.of(Part.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.exists(jar.resolveSibling("broken"))) {
                System.out.println("java.lang.IllegalStateException: broken");
                System.exit(3);
            }
            HttpServer health = HttpServer.create(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.getInteger("quarkus.http.port")),
                    0);
            health.createContext("/q/health/ready", exchange -> {
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            health.start();
            Thread.sleep(Duration.ofMinutes(10));
            System.exit(0);
        }
    }

    /** Records a system whose broker lives, and nothing else. */
    StandIns(Path home) throws IOException {
        // Nobody accepts: room for every question.
        kafka = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        checkout = new Checkout(home);
        Files.createDirectories(checkout.folder());
        for (Service service : Service.values()) writeJar(service.program(home));
        Endpoints endpoints = Endpoints.on("127.0.0.1:" + kafka.getLocalPort(), Ports.free(Endpoints.PORTS));
        SystemRecord.empty(state(), ChildProcess.Life.DETACHED, endpoints)
                .with(BrokerProcess.NAME, broker.pid())
                .write(checkout.endpoints());
    }

    static Process sleep() {
        try {
            return new ProcessBuilder("sleep", "600").start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void writeJar(Path jar) throws IOException {
        Files.createDirectories(jar.getParent());
        String name = Part.class.getName().replace('.', '/') + ".class";
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Part.class.getName());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                InputStream code = Part.class.getClassLoader().getResourceAsStream(name)) {
            out.putNextEntry(new JarEntry(name));
            code.transferTo(out);
        }
    }

    Path state() {
        return checkout.folder().resolve("system");
    }

    SystemRecord record() {
        return SystemRecord.read(checkout.endpoints()).orElseThrow();
    }

    ProcessHandle process(String name) {
        return record().processes().get(name).handle().orElseThrow();
    }

    void kill(String name) {
        ProcessHandle process = process(name);
        process.destroyForcibly();
        Deadline.await(Duration.ofSeconds(60), () -> !SystemRecord.Pid.runs(process));
    }

    /** From now on the service ends at each start. */
    void breakDown(Service service) throws IOException {
        Files.writeString(service.program(checkout.home()).resolveSibling("broken"), "");
    }

    @Override
    public void close() throws IOException {
        SystemRecord.read(checkout.endpoints())
                .ifPresent(record -> record.alive().stream()
                        .filter(process ->
                                process.pid() != ProcessHandle.current().pid())
                        .forEach(ProcessHandle::destroyForcibly));
        broker.destroyForcibly();
        kafka.close();
    }
}
