package dev.thirteen.rollout;

import dev.thirteen.engine.Decoder;
import dev.thirteen.proto.generation.v1.StreamGenerateResponse;
import dev.thirteen.rollout.GenerationWire.Resolved;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.util.List;

/** The answers of one stream: text in whole characters, provenance on the first token, the rest of the text on the last. */
final class TokenStream {
    /** Hands tokens from the decode thread to the stream. */
    record Sink(MultiEmitter<? super Decoder.Token> emitter) implements TokenSink {
        @Override
        public void admitted() {
            // The first token says it.
        }

        @Override
        public void token(Decoder.Token token) {
            emitter.emit(token);
        }

        @Override
        public void done() {
            emitter.complete();
        }

        @Override
        public void failed(RuntimeException cause) {
            emitter.fail(cause);
        }
    }

    private final Resolved resolved;
    private final SampleText text;
    private boolean first = true;

    TokenStream(Resolved resolved, List<String> stops) {
        this.resolved = resolved;
        this.text = new SampleText(resolved.base().tokenizer(), stops);
    }

    StreamGenerateResponse answer(Decoder.Token token) {
        StreamGenerateResponse.Builder answer = GenerationWire.token(token, text.add(token));
        if (first) answer.setProvenance(resolved.provenance());
        first = false;
        return answer.build();
    }
}
