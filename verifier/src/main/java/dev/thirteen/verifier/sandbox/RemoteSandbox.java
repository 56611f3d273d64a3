package dev.thirteen.verifier.sandbox;

import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** A {@link SandboxServer} elsewhere. */
public final class RemoteSandbox implements Sandbox {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** Wall time of a program for each second of its limit, and what it may wait for others. */
    private static final int WALL_TIMES = 5;

    private static final Duration QUEUE = Duration.ofSeconds(60);

    private final URI address;
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    /** @param address HOST:PORT */
    public RemoteSandbox(String address) {
        this.address = URI.create("http://" + address + SandboxWire.PATH);
    }

    @Override
    public ProgramEnd run(Program program) {
        try {
            HttpRequest request = HttpRequest.newBuilder(address)
                    .timeout(program.limit().multipliedBy(WALL_TIMES).plus(QUEUE))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(SandboxWire.bytes(program)))
                    .build();
            HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() == 200) return SandboxWire.end(response.body());
            boolean ours = response.statusCode() == 400;
            throw new Failure(
                    ours ? Failure.Kind.CALLER : Failure.Kind.OUTSIDE,
                    "the sandbox at %s answers %d: %s"
                            .formatted(address.getAuthority(), response.statusCode(), new String(response.body())));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "the sandbox at " + address.getAuthority() + ": " + e, e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.Kind.OUTSIDE, "interrupted while a program ran");
        }
    }
}
