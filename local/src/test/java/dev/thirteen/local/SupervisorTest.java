package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes in the place of the services, and of the broker a port that answers. */
class SupervisorTest {
    @TempDir
    private Path home;

    private final List<String> told = new ArrayList<>();
    private final Process broker = sleep();
    private ServerSocket kafka;
    private Checkout checkout;
    private Supervisor supervisor;
    private Instant now = Instant.ofEpochSecond(1_000);

    /** A service that lives until it is killed, or, where there is a file "broken" beside its jar, ends at once. */
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
            Thread.sleep(Duration.ofMinutes(2));
        }
    }

    private static Process sleep() {
        try {
            return new ProcessBuilder("sleep", "120").start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void start() throws IOException {
        // Nobody accepts: room for every question.
        kafka = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        checkout = new Checkout(home);
        Files.createDirectories(checkout.folder());
        for (Service service : Service.values()) writeJar(service.program(home));
        Endpoints endpoints = Endpoints.on("127.0.0.1:" + kafka.getLocalPort(), Ports.free(Endpoints.PORTS));
        SystemRecord.empty(checkout.folder().resolve("system"), ChildProcess.Life.DETACHED, endpoints)
                .with(BrokerProcess.NAME, broker.pid())
                .with(Supervisor.NAME, ProcessHandle.current().pid())
                .write(checkout.endpoints());
        InstantSource clock = () -> now;
        supervisor = new Supervisor(checkout, clock, told::add);
        for (Service service : Service.values()) {
            supervisor.adopt(new Revival(checkout, record(), told::add).start(service.processName()));
        }
    }

    @AfterEach
    void end() throws IOException {
        record().alive().stream()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .forEach(ProcessHandle::destroyForcibly);
        broker.destroyForcibly();
        kafka.close();
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

    private SystemRecord record() {
        return SystemRecord.read(checkout.endpoints()).orElseThrow();
    }

    private ProcessHandle process(String name) {
        return record().processes().get(name).handle().orElseThrow();
    }

    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        process.onExit().join();
    }

    private boolean pass(Duration time) {
        now = now.plus(time);
        return supervisor.look();
    }

    private Map<String, Long> pids() {
        Map<String, Long> pids = new HashMap<>();
        record().processes().forEach((name, pid) -> pids.put(name, pid.pid()));
        return pids;
    }

    @Test
    void whatEndsIsToldWithItsExitStatusAndItsLogAndStartedAgain() {
        Map<String, Long> before = pids();
        assertThat(pass(Duration.ZERO)).isTrue();
        assertThat(told).isEmpty();

        kill(process("rollout-service"));
        pass(Duration.ZERO);
        Path log = record().state().resolve("logs/rollout.log");
        assertThat(told)
                .containsExactly("rollout-service ended: signal 9; its log is " + log + "; it is started again in 1 s");
        assertThat(record().lives("rollout-service")).isFalse();

        pass(Duration.ofSeconds(1));
        assertThat(record().complete()).isTrue();
        Map<String, Long> after = pids();
        assertThat(after.remove("rollout-service")).isNotEqualTo(before.remove("rollout-service"));
        assertThat(after).isEqualTo(before);
    }

    @Test
    void whatEndsAgainAndAgainIsGivenUpAndTheOthersAreNot() throws Exception {
        Files.writeString(Service.REWARD.program(home).resolveSibling("broken"), "");
        kill(process("reward-service"));
        for (int i = 0; i < Restarts.MOST; i++) {
            assertThat(Deadline.await(Duration.ofSeconds(20), () -> !record().lives("reward-service")))
                    .isTrue();
            pass(Duration.ZERO);
            pass(Duration.ofSeconds(30));
        }
        assertThat(told).hasSize(Restarts.MOST);
        assertThat(told.get(1))
                .startsWith("reward-service ended: exit status 3, java.lang.IllegalStateException: broken; its log is ")
                .endsWith("it is started again in 2 s");
        assertThat(told.getLast())
                .endsWith("reward-service has ended 8 times in a row within 5 minutes of its start and is left as it"
                        + " is: `make up` tries again");

        kill(process("eval-service"));
        pass(Duration.ZERO);
        pass(Duration.ofHours(1));
        assertThat(record().lives("eval-service")).isTrue();
        assertThat(record().lives("reward-service")).isFalse();
    }

    @Test
    void withoutABrokerNoServiceIsStarted() throws IOException {
        kill(process("trainer-service"));
        pass(Duration.ZERO);
        kafka.close();
        pass(Duration.ofMinutes(1));
        assertThat(record().lives("trainer-service")).isFalse();
    }

    @Test
    void nothingIsStartedOnceTheSystemIsStoppedOrAnothersToWatch() {
        kill(process("trainer-service"));
        pass(Duration.ZERO);
        record().with(Supervisor.NAME, broker.pid()).write(checkout.endpoints());
        assertThat(pass(Duration.ofMinutes(1))).isFalse();
        assertThat(record().lives("trainer-service")).isFalse();

        record().with(Supervisor.NAME, ProcessHandle.current().pid()).write(checkout.endpoints());
        supervisor.stop();
        assertThat(pass(Duration.ofMinutes(1))).isFalse();
        assertThat(record().lives("trainer-service")).isFalse();
    }

    @Test
    void aDownEndsTheSupervisorFirst() throws Exception {
        Process other = sleep();
        record().with(Supervisor.NAME, other.pid()).write(checkout.endpoints());
        List<ProcessHandle> parts = Stream.of(Service.values())
                .map(service -> process(service.processName()))
                .toList();
        assertThat(checkout.endSupervisor()).isEqualTo(1);
        assertThat(other.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(parts).allMatch(ProcessHandle::isAlive);
        assertThat(checkout.endSupervisor()).isZero();
    }

    @Test
    void aLogTellsWholeLinesOfItsOwnOnce() throws IOException {
        Path file = SupervisorLog.in(checkout.folder());
        Files.createDirectories(file.getParent());
        Files.writeString(file, "2026-01-01 00:00:00 of an earlier one\n");
        SupervisorLog log = new SupervisorLog(file);
        assertThat(log.next()).isEmpty();
        Files.writeString(
                file,
                "2026-01-01 00:00:00 of an earlier one\nWARNING: by the JVM\n2026-01-01 00:00:01 é\n2026-01-01 00");
        assertThat(log.next()).containsExactly("é");
        Files.writeString(
                file,
                "2026-01-01 00:00:00 of an earlier one\nWARNING: by the JVM\n2026-01-01 00:00:01 é\n2026-01-01 00:00:02 b\n");
        assertThat(log.next()).containsExactly("b");
    }
}
