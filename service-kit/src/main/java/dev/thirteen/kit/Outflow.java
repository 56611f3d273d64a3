package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.grpc.runtime.Interceptors;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;
import java.time.Duration;

/**
 * What a call sends: lets the sender wait until the other side has taken what it was sent, so that a slow reader does not make
 * this process keep all of a long stream. Quarkus (3.37) asks a {@code Multi} for everything at once, whoever reads it.
 */
public final class Outflow {
    private static final Context.Key<Outflow> KEY = Context.key("thirteen-outflow");

    private final ServerCall<?, ?> call;
    private final Context context;
    private final Backpressure reader;

    /** @param context that of the call */
    private Outflow(ServerCall<?, ?> call, Context context) {
        this.call = call;
        this.context = context;
        this.reader = new Backpressure(call::isReady, this::gone);
    }

    /** Either knows of it first. */
    private boolean gone() {
        return call.isCancelled() || context.isCancelled();
    }

    /** That of the call which this thread serves; to be asked for before the work goes to another thread. */
    public static Outflow current() {
        Outflow outflow = KEY.get();
        if (outflow == null) throw new IllegalStateException("no call of a server with Outflow.Interceptor");
        return outflow;
    }

    /**
     * Waits until there is room for a further message: at once, unless some 32 KB wait to be taken. On whatever thread, that
     * of the call included.
     *
     * @param patience how long the other side may take nothing at all
     * @throws Failure OUTSIDE when the call has ended, or nothing was taken for so long
     */
    public void awaitRoom(Duration patience) {
        reader.awaitRoom(patience);
    }

    /** Ends a stream, and tells the other side why, unless it has gone: Mutiny logs as an error what nobody takes. */
    public void fail(MultiEmitter<?> emitter, Throwable cause) {
        if (!gone() && !emitter.isCancelled()) emitter.fail(cause);
    }

    /** Gives each call its Outflow. */
    @GlobalInterceptor
    @ApplicationScoped
    public static class Interceptor implements ServerInterceptor, Prioritized {
        /** Around the threads of calls: who waits on one must not keep the news of room behind itself in the queue. */
        @Override
        public int getPriority() {
            return Interceptors.BLOCKING_HANDLER + 1;
        }

        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            Outflow outflow = new Outflow(call, Context.current());
            Context context = Context.current().withValue(KEY, outflow);
            return new SimpleForwardingServerCallListener<>(Contexts.interceptCall(context, call, headers, next)) {
                @Override
                public void onReady() {
                    outflow.reader.changed();
                    super.onReady();
                }

                @Override
                public void onCancel() {
                    outflow.reader.changed();
                    super.onCancel();
                }
            };
        }
    }
}
