package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckoutTest {
    private final List<String> told = new CopyOnWriteArrayList<>();

    @TempDir
    private Path home;

    @Test
    void aSecondClaimIsRefusedInOneSentenceAndAReleasedOneIsFree() {
        Checkout checkout = new Checkout(home);
        try (Checkout.Claim claim = checkout.claim(told::add)) {
            assertThat(claim.file().isOpen()).isTrue();
            assertThatThrownBy(() -> checkout.claim(told::add))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("under way in this checkout");
        }
        checkout.claim(told::add).close();
        assertThat(told).isEmpty();
    }

    @Test
    void aRunningSystemRefusesAnotherUntilItIsStopped() throws Exception {
        Checkout checkout = new Checkout(home);
        Process part = new ProcessBuilder("sleep", "600").start();
        record(checkout, SystemRecord.Pid.of(part.pid()));
        assertThatThrownBy(() -> checkout.claim(told::add))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("make down");
        assertThat(checkout.stop(told::add)).isEqualTo(1);
        assertThat(Deadline.await(Duration.ofSeconds(10), () -> !part.isAlive()))
                .isTrue();
        checkout.claim(told::add).close();
    }

    @Test
    void downBesideAStartThatHasRecordedNothingYetEndsWhatItStarts() throws Exception {
        Checkout checkout = new Checkout(home);
        Process part;
        CompletableFuture<Integer> down;
        try (Checkout.Claim start = checkout.lock()) {
            assertThat(start.file().isOpen()).isTrue();
            down = CompletableFuture.supplyAsync(() -> checkout.stop(told::add));
            assertThat(Deadline.await(Duration.ofSeconds(10), () -> !told.isEmpty()))
                    .isTrue();
            part = new ProcessBuilder("sleep", "60").start();
            record(checkout, SystemRecord.Pid.of(part.pid()));
            assertThat(part.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(down).isNotDone();
        }
        assertThat(down.get(10, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(told).containsExactly("a demo or a start is under way: what it starts is ended too");
        assertThat(checkout.endpoints()).doesNotExist();
    }

    @Test
    void aLeftoverWhoseProcessNumberBelongsToAnotherNowIsCleared() throws IOException {
        Checkout checkout = new Checkout(home);
        record(checkout, new SystemRecord.Pid(ProcessHandle.current().pid(), 1));
        checkout.claim(told::add).close();
        assertThat(told).hasSize(1);
        assertThat(checkout.endpoints()).doesNotExist();
    }

    @Test
    void whatAKilledDemoLeftIsEnded() throws Exception {
        Checkout checkout = new Checkout(home);
        Process part = new ProcessBuilder("sleep", "600").start();
        record(checkout, SystemRecord.Pid.of(part.pid()), ChildProcess.Life.TETHERED);
        checkout.claim(told::add).close();
        assertThat(part.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(checkout.endpoints()).doesNotExist();
    }

    @Test
    void aRecordKnowsWhereThePartsListenAndWhichOfThemLive() {
        List<Integer> ports = List.of(1, 2, 3, 4, 5, 6, 7, 8);
        Endpoints endpoints = Endpoints.on("127.0.0.1:9", ports);
        SystemRecord record = SystemRecord.empty(home, ChildProcess.Life.DETACHED, endpoints);
        record.write(home.resolve("endpoints.json"));
        assertThat(SystemRecord.read(home.resolve("endpoints.json"))).contains(record);
        assertThat(record.endpoints()).isEqualTo(endpoints);
        assertThat(record.port(BrokerProcess.NAME)).isEqualTo(9);
        assertThat(record.lives(BrokerProcess.NAME)).isFalse();
        assertThat(record.complete()).isFalse();
    }

    @Test
    void anEndedProcessThatNobodyHasAskedForItsStatusIsGone() throws Exception {
        // The shell becomes a program that never asks for its child.
        Process parent = new ProcessBuilder("sh", "-c", "sleep 0 & echo $!; exec sleep 600").start();
        try {
            long child = Long.parseLong(parent.inputReader().readLine());
            SystemRecord.Pid pid = new SystemRecord.Pid(child, System.currentTimeMillis());
            assertThat(Deadline.await(Duration.ofSeconds(60), () -> pid.handle().isEmpty()))
                    .isTrue();
        } finally {
            parent.destroyForcibly();
        }
    }

    private static void record(Checkout checkout, SystemRecord.Pid pid) throws IOException {
        record(checkout, pid, ChildProcess.Life.DETACHED);
    }

    private static void record(Checkout checkout, SystemRecord.Pid pid, ChildProcess.Life life) throws IOException {
        Files.createDirectories(checkout.folder());
        SystemRecord record = new SystemRecord(
                checkout.folder(), life, Map.of("trainer", "127.0.0.1:1"), Map.of("trainer-service", pid));
        record.write(checkout.endpoints());
        assertThat(SystemRecord.read(checkout.endpoints())).contains(record);
    }
}
