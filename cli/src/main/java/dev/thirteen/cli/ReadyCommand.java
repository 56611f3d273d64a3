package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code thirteen ready}: waits until the services take work. */
@Command(
        name = "ready",
        description = "Wait until all four services take work; exit 4 when they do not in time.",
        footerHeading = "%nExamples:%n",
        footer = {"  bin/thirteen ready", "  bin/thirteen ready --timeout 300"})
final class ReadyCommand implements Callable<Integer> {
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int ANSWER_SECONDS = 5;

    @Option(
            names = "--timeout",
            defaultValue = "60",
            paramLabel = "SECONDS",
            description = "How long to wait. Default: 60.")
    private int timeout;

    private final Session session;

    ReadyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return session.with(services -> {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeout);
            Set<Endpoints.Service> missing = EnumSet.allOf(Endpoints.Service.class);
            while (true) {
                missing.removeIf(service -> isReady(services, service));
                if (missing.isEmpty()) break;
                if (System.nanoTime() > deadline) {
                    throw new Unreachable("not ready after %d s: %s".formatted(timeout, names(missing)), null);
                }
                pause();
            }
            session.output().line("ready");
            return CallFailure.OK;
        });
    }

    private static boolean isReady(Services services, Endpoints.Service service) {
        try {
            return HealthGrpc.newBlockingStub(services.channel(service))
                            .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus()
                    == ServingStatus.SERVING;
        } catch (StatusRuntimeException e) {
            return false; // starting, or not there yet
        }
    }

    private static String names(Set<Endpoints.Service> services) {
        return String.join(
                ", ",
                services.stream().map(service -> service.key() + "-service").toList());
    }

    private static void pause() {
        try {
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted", e);
        }
    }
}
