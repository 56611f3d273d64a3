package dev.thirteen.kit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.Utils;
import org.jboss.logging.Logger;

/**
 * Tells share workers that the broker is away, and when its coordinator is back. Share consumers of kafka-clients 4.3.1 spin
 * while they know no coordinator, poll and network thread alike: some dozens of them on a small machine starve the very
 * broker that they wait for. So they are closed when it goes, and made anew when it has come back.
 */
final class BrokerWatch implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(BrokerWatch.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final int CONNECT_MILLIS = 2_000;

    private final String bootstrapServers;
    private final Runnable awaitCoordinator;
    private final Thread thread;
    private volatile boolean away;

    /** @param awaitCoordinator waits until the coordinator answers; fails when it does not */
    BrokerWatch(String bootstrapServers, Runnable awaitCoordinator) {
        this.bootstrapServers = bootstrapServers;
        this.awaitCoordinator = awaitCoordinator;
        this.thread = Thread.ofVirtual().name("broker-watch").start(this::watch);
    }

    /** Whether no broker takes connections, or none has answered for the coordinator since. */
    boolean away() {
        return away;
    }

    private void watch() {
        try {
            while (true) {
                TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
                if (!reachable()) {
                    if (!away) LOG.warnf("the Kafka broker at %s is away", bootstrapServers);
                    away = true;
                } else if (away) {
                    away = !back();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean back() {
        try {
            awaitCoordinator.run();
            LOG.infof("the Kafka broker at %s is back", bootstrapServers);
            return true;
        } catch (RuntimeException e) {
            LOG.infof("waiting for the Kafka broker: %s", e.getMessage());
            return false;
        }
    }

    /** By plain connections: the kernel answers for a broker that is merely busy. */
    private boolean reachable() {
        List<String> addresses = Arrays.asList(bootstrapServers.split("\\s*,\\s*"));
        return addresses.stream().anyMatch(BrokerWatch::connects);
    }

    private static boolean connects(String address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(Utils.getHost(address), Utils.getPort(address)), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
