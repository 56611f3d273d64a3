package dev.thirteen.reward;

import dev.thirteen.proto.reward.v1.VerifierServiceGrpc;
import dev.thirteen.proto.reward.v1.VerifyRequest;
import dev.thirteen.proto.reward.v1.VerifyResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** A user's own verifier on a port of its own, which answers as a test says. */
final class OwnVerifier implements AutoCloseable {
    private final List<VerifyRequest> requests = new CopyOnWriteArrayList<>();
    private final Server server;

    OwnVerifier(BiConsumer<VerifyRequest, StreamObserver<VerifyResponse>> answer) {
        try {
            server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                    .addService(new VerifierServiceGrpc.VerifierServiceImplBase() {
                        @Override
                        public void verify(VerifyRequest request, StreamObserver<VerifyResponse> observer) {
                            requests.add(request);
                            answer.accept(request, observer);
                        }
                    })
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void answer(StreamObserver<VerifyResponse> observer, VerifyResponse response) {
        observer.onNext(response);
        observer.onCompleted();
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    List<VerifyRequest> requests() {
        return requests;
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
