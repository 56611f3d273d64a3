package dev.thirteen.kit;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.quarkus.grpc.ExceptionHandler;
import io.quarkus.grpc.ExceptionHandlerProvider;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Answers every failed call by {@link FailureStatus}. Quarkus asks {@link #transform} where a Uni or Multi fails, and the
 * handler where something throws before there is one.
 */
@ApplicationScoped
public class FailureInterceptor implements ExceptionHandlerProvider {
    @Override
    public <Q, A> ExceptionHandler<Q, A> createHandler(
            ServerCall.Listener<Q> listener, ServerCall<Q, A> call, Metadata metadata) {
        return new ExceptionHandler<>(listener, call, metadata) {
            @Override
            protected void handleException(Throwable thrown, ServerCall<Q, A> call, Metadata metadata) {
                FailureStatus.close(call, thrown);
            }
        };
    }

    @Override
    public Throwable transform(Throwable thrown) {
        return FailureStatus.of(thrown);
    }
}
