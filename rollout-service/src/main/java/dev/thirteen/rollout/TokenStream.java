package dev.thirteen.rollout;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.Decoder;
import dev.thirteen.kit.Outflow;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.rollout.GenerationWire.Resolved;
import io.grpc.Context;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;

/**
 * One stream on its way to its reader: text in whole characters, provenance on the first token, the rest of the text on the
 * last. What is drawn while the reader is behind waits as tokens, of which there are no more than the call asks for; of
 * messages some 32 KB wait. However the stream ends, its rows are freed.
 */
final class TokenStream implements TokenSink {
    private sealed interface Event {
        record Drawn(Decoder.Token token) implements Event {}

        /** @param cause none of a stream that is whole */
        record Ended(Optional<RuntimeException> cause) implements Event {}
    }

    private final Resolved resolved;
    private final SampleText text;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private boolean first = true;

    TokenStream(Resolved resolved, List<String> stops) {
        this.resolved = resolved;
        this.text = new SampleText(resolved.base().tokenizer(), stops);
    }

    /**
     * Sends the call to the decode loop and its tokens to the reader, until either ends it; blocks so long.
     *
     * @param call that of the reader, which may be cancelled or have a deadline
     * @param patience how long the reader may take nothing
     */
    void run(
            Function<TokenSink, DecodeLoop.Ticket> offer,
            Context call,
            Outflow outflow,
            Duration patience,
            MultiEmitter<? super StreamGenerateResponse> emitter) {
        Context.CancellationListener gone = _ -> failed(new Failure(Failure.Kind.OUTSIDE, "the caller has gone"));
        try {
            DecodeLoop.Ticket ticket = offer.apply(this);
            // Runs at once where the call has ended already.
            call.addListener(gone, Runnable::run);
            try {
                send(outflow, patience, emitter);
            } finally {
                ticket.cancel();
                call.removeListener(gone);
            }
            emitter.complete();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            outflow.fail(emitter, new Failure(Failure.Kind.OUTSIDE, "rollout-service is stopping", e));
        } catch (RuntimeException | Error e) {
            outflow.fail(emitter, e);
        }
    }

    private void send(Outflow outflow, Duration patience, MultiEmitter<? super StreamGenerateResponse> emitter)
            throws InterruptedException {
        while (true) {
            switch (events.take()) {
                case Event.Drawn(Decoder.Token token) -> {
                    outflow.awaitRoom(patience);
                    emitter.emit(answer(token));
                }
                case Event.Ended(Optional<RuntimeException> cause) -> {
                    if (cause.isPresent()) throw cause.get();
                    return;
                }
            }
        }
    }

    private StreamGenerateResponse answer(Decoder.Token token) {
        StreamGenerateResponse.Builder answer = GenerationWire.token(token, text.add(token));
        if (first) answer.setProvenance(resolved.provenance());
        first = false;
        return answer.build();
    }

    @Override
    public void admitted() {
        // The first token says it.
    }

    @Override
    public void token(Decoder.Token token) {
        events.add(new Event.Drawn(token));
    }

    @Override
    public void done() {
        events.add(new Event.Ended(Optional.empty()));
    }

    @Override
    public void failed(RuntimeException cause) {
        events.add(new Event.Ended(Optional.of(cause)));
    }
}
