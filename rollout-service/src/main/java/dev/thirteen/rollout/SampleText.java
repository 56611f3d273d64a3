package dev.thirteen.rollout;

import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.core.sampling.StopText;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.TextPieces;
import dev.thirteen.engine.Tokenizer;
import java.util.List;

/** The text of one sample as it becomes certain: in whole characters, without the stop token, up to a stop string. */
final class SampleText {
    private final Tokenizer tokenizer;
    private final TextPieces pieces;
    private final StopText stop;
    private int length;

    SampleText(Tokenizer tokenizer, List<String> stops) {
        this.tokenizer = tokenizer;
        this.pieces = new TextPieces(tokenizer);
        this.stop = new StopText(stops);
    }

    /** Text that the token makes certain; with the last token all that is left. */
    String add(Decoder.Token token) {
        String text = isStopToken(token) ? "" : take(pieces.add(token.tokenId()));
        return token.finish() == null ? text : text + take(pieces.rest()) + stop.rest();
    }

    private String take(String piece) {
        length += piece.codePointCount(0, piece.length());
        return stop.add(piece);
    }

    /** Characters (code points) so far, certain or not. */
    int length() {
        return length;
    }

    /** Whether the token ends the sample and is no text. */
    boolean isStopToken(Decoder.Token token) {
        return token.finish() == FinishReason.STOP && tokenizer.isStop(token.tokenId());
    }

    /** Whether a stop string has ended the text. */
    boolean stopped() {
        return stop.stopped();
    }
}
