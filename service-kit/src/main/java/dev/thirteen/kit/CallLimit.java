package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Bounds how many calls a pod has open at once. Probes are always answered. */
@GlobalInterceptor
@ApplicationScoped
public class CallLimit implements ServerInterceptor, Prioritized {
    private static final String HEALTH = "grpc.health.v1.Health";

    private final int most;
    private final AtomicInteger open = new AtomicInteger();

    CallLimit(EdgeSettings settings) {
        this.most = settings.maxCalls();
    }

    /** Before everything else: who cannot be served costs nothing. */
    @Override
    public int getPriority() {
        return Integer.MAX_VALUE;
    }

    /** Calls that are open now. */
    public int open() {
        return open.get();
    }

    /** A place for a call, to be given back once it has ended; more than once does no harm. @throws Failure CAPACITY */
    public Runnable enter() {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            throw new Failure(
                    Failure.Kind.CAPACITY,
                    "this pod has %d calls open, as many as it may (thirteen.edge.max-calls)".formatted(most));
        }
        AtomicBoolean left = new AtomicBoolean();
        return () -> {
            if (left.compareAndSet(false, true)) open.decrementAndGet();
        };
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (HEALTH.equals(call.getMethodDescriptor().getServiceName())) return next.startCall(call, headers);
        Runnable leave;
        try {
            leave = enter();
        } catch (Failure full) {
            FailureStatus.close(call, full);
            return new ServerCall.Listener<>() {};
        }
        // One of the two comes at the end of every call.
        return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            @Override
            public void onComplete() {
                leave.run();
                super.onComplete();
            }

            @Override
            public void onCancel() {
                leave.run();
                super.onCancel();
            }
        };
    }
}
