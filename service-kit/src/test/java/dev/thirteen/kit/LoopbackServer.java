package dev.thirteen.kit;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import java.io.IOException;

/** A service behind a socket of this machine, its events on the network threads as those of Quarkus are; and its client. */
final class LoopbackServer implements AutoCloseable {
    private final Server server;
    final ManagedChannel channel;

    /** @param interceptors the innermost first: the last one is the first to be called */
    LoopbackServer(BindableService service, ServerInterceptor... interceptors) throws IOException {
        ServerBuilder<?> builder = ServerBuilder.forPort(0).directExecutor().addService(service);
        for (ServerInterceptor interceptor : interceptors) builder.intercept(interceptor);
        server = builder.build().start();
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }
}
