package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen reach}: which ports take a connection, seen from where the command runs. The images have no shell for that. */
@Command(
        name = "reach",
        description = "Say which ports take a TCP connection from here: network policies, seen from inside. Exit 0.",
        footerHeading = "%nExamples:%n",
        footer = "  bin/thirteen reach thirteen-trainer:9101 thirteen-kafka:9092")
final class ReachCommand implements Callable<Integer> {
    private static final int MAX_MILLIS = 60_000;

    @Option(
            names = "--timeout",
            defaultValue = "2000",
            paramLabel = "MILLIS",
            description = "How long one port has. Default: 2000.")
    private int timeout;

    @Option(
            names = "--after",
            defaultValue = "0",
            paramLabel = "MILLIS",
            description = "Wait first: a new pod's policies may take a moment. Default: 0.")
    private int after;

    @Parameters(arity = "1..*", paramLabel = "HOST:PORT", description = "What is tried.")
    private List<String> places = List.of();

    private final Session session;

    ReachCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (timeout < 1 || timeout > MAX_MILLIS) {
            throw new Failure(Failure.Kind.CALLER, "--timeout: " + timeout + " is not within 1 and " + MAX_MILLIS);
        }
        List<InetSocketAddress> addresses =
                places.stream().map(ReachCommand::address).toList();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(after));
        List<Future<Boolean>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (InetSocketAddress address : addresses) answers.add(threads.submit(() -> opens(address)));
        }
        for (int i = 0; i < places.size(); i++) {
            session.output().line((isOpen(answers.get(i)) ? "open   " : "closed ") + places.get(i));
        }
        return CallFailure.OK;
    }

    private static InetSocketAddress address(String place) {
        int colon = place.lastIndexOf(':');
        String port = place.substring(colon + 1);
        if (colon < 1 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
            throw new Failure(Failure.Kind.CALLER, "'" + place + "' is no HOST:PORT");
        }
        return InetSocketAddress.createUnresolved(place.substring(0, colon), Integer.parseInt(port));
    }

    private boolean opens(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.getHostString(), address.getPort()), timeout);
            return true;
        } catch (IOException e) {
            return false; // refused, dropped or without an address: closed, from here
        }
    }

    private static boolean isOpen(Future<Boolean> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new Failure(Failure.Kind.BUG, "a connection was not tried", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted", e);
        }
    }
}
