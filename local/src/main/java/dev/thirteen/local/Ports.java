package dev.thirteen.local;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Ports on the loopback interface. */
final class Ports {
    private static final int CONNECT_MILLIS = 500;

    private Ports() {}

    /** Ports that nobody listens on now, all different. */
    static List<Integer> free(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "no free port on 127.0.0.1: " + e.getMessage(), e);
        } finally {
            held.forEach(Ports::release);
        }
    }

    /** A port that nobody minds which it is. */
    static final int ANY = 0;

    /** The wanted ports in their order; in the place of {@link #ANY}, and of each that somebody listens on, a free one. */
    static List<Integer> freeOrOther(List<Integer> wanted) {
        // The wanted ones are free, too, and must not be given twice.
        List<Integer> others = new ArrayList<>(free(2 * wanted.size()));
        others.removeAll(wanted);
        return wanted.stream()
                .map(port -> port != ANY && isFree(port) ? port : others.removeLast())
                .toList();
    }

    private static void release(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "a port on 127.0.0.1 cannot be released: " + e.getMessage(), e);
        }
    }

    /** Refuses a port that somebody listens on. */
    static void requireFree(String name, int port) {
        try {
            listen(port);
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "port %d of %s is in use on 127.0.0.1: stop what listens there, or choose another port"
                            .formatted(port, name),
                    e);
        }
    }

    private static boolean isFree(int port) {
        try {
            listen(port);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Listens for a moment, as a service would: what remains of earlier connections does not matter. */
    private static void listen(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
    }

    /** Whether somebody accepts connections. */
    static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
