package dev.thirteen.kit;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.opentelemetry.context.Context;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.grpc.runtime.Interceptors;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Runs every gRPC call on virtual threads, one event after another, in the gRPC and trace context that it came with: what
 * serves a call may block.
 *
 * <p>Quarkus' own {@code @RunOnVirtualThread} is not used: the queue of its BlockingServerInterceptor (3.33.2) has no lock,
 * and an event that comes in while another one ends can stay in it for ever. Of some 20,000 calls one then hung until its
 * deadline.
 */
@GlobalInterceptor
@ApplicationScoped
public class VirtualThreadInterceptor implements ServerInterceptor, Prioritized {
    private final Executor threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("call-", 0).factory());

    /** Around the handling of exceptions, so that it sees those of the service, and within all contexts. */
    @Override
    public int getPriority() {
        return Interceptors.BLOCKING_HANDLER;
    }

    @Override
    public <Q, A> Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Executor inContext =
                io.grpc.Context.currentContextExecutor(Context.current().wrap(threads));
        Queued<Q> queued = new Queued<>(MoreExecutors.newSequentialExecutor(inContext));
        queued.start(() -> {
            try {
                return next.startCall(call, headers);
            } catch (RuntimeException | Error e) {
                FailureStatus.close(call, e);
                return new Listener<>() {};
            }
        });
        return queued;
    }

    /** Hands each event to the listener in its turn. */
    private static final class Queued<Q> extends ForwardingServerCallListener<Q> {
        private final Executor inTurn;
        /** Written and read by the tasks of inTurn alone, which come one after another. */
        private Listener<Q> listener = new Listener<>() {};

        Queued(Executor inTurn) {
            this.inTurn = inTurn;
        }

        void start(Supplier<Listener<Q>> call) {
            inTurn.execute(() -> listener = call.get());
        }

        @Override
        protected Listener<Q> delegate() {
            return listener;
        }

        @Override
        public void onMessage(Q message) {
            inTurn.execute(() -> super.onMessage(message));
        }

        @Override
        public void onHalfClose() {
            inTurn.execute(super::onHalfClose);
        }

        @Override
        public void onCancel() {
            inTurn.execute(super::onCancel);
        }

        @Override
        public void onComplete() {
            inTurn.execute(super::onComplete);
        }

        @Override
        public void onReady() {
            inTurn.execute(super::onReady);
        }
    }
}
