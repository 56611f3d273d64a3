package dev.thirteen.kit;

import com.google.protobuf.MessageLite;
import dev.thirteen.core.failure.Failure;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.grpc.runtime.Interceptors;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;

/** Refuses messages that are too large, in words: gRPC's own refusal reaches many clients as a broken connection. */
@GlobalInterceptor
@ApplicationScoped
public class MessageLimit implements ServerInterceptor, Prioritized {
    private final int mostBytes;

    MessageLimit(EdgeSettings settings) {
        this.mostBytes = settings.maxMessageBytes();
    }

    /** Within the thread of the call, where events come one after another, and after {@link Access}. */
    @Override
    public int getPriority() {
        return Interceptors.BLOCKING_HANDLER - 2;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            private boolean refused;

            @Override
            public void onMessage(Q message) {
                int bytes = message instanceof MessageLite known ? known.getSerializedSize() : 0;
                if (bytes > mostBytes && !refused) {
                    refused = true;
                    FailureStatus.close(
                            call,
                            new Failure(
                                    Failure.Kind.CALLER,
                                    "the message has %d bytes, at most %d are taken (thirteen.edge.max-message-bytes)"
                                            .formatted(bytes, mostBytes)));
                    // Whoever serves the call hears that it is over, and nothing more.
                    delegate().onCancel();
                }
                if (!refused) super.onMessage(message);
            }

            @Override
            public void onHalfClose() {
                if (!refused) super.onHalfClose();
            }
        };
    }
}
