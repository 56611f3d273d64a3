package dev.thirteen.rollout;

import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Tokenizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One choice as it grows: text that is certain, with the tokens that it is made of. */
final class OpenAiChoice {
    /**
     * A token of the text.
     *
     * @param offset characters (code points, as Python counts) of the text before it
     * @param first whether none but special tokens stand before it
     */
    record Line(Decoder.Token token, int offset, boolean first) {}

    /**
     * What a token has made certain.
     *
     * @param finish null while the choice goes on
     */
    record Piece(
            int index,
            String text,
            List<Line> lines,
            @Nullable FinishReason finish) {}

    private final int index;
    private final SampleText text;
    private final Deque<Line> held = new ArrayDeque<>();
    private final Tokenizer tokenizer;
    private int certain;
    private boolean begun;

    OpenAiChoice(int index, Tokenizer tokenizer, List<String> stops) {
        this.index = index;
        this.tokenizer = tokenizer;
        this.text = new SampleText(tokenizer, stops);
    }

    Piece add(Decoder.Token token) {
        if (!text.isStopToken(token)) {
            held.add(new Line(token, text.length(), !begun));
            begun = begun || tokenizer.bytes(token.tokenId(), false).length > 0;
        }
        String piece = text.add(token);
        certain += piece.codePointCount(0, piece.length());
        boolean whole = token.finish() != null && !text.stopped();
        List<Line> lines = new ArrayList<>();
        while (!held.isEmpty() && (whole || held.getFirst().offset() < certain)) lines.add(held.removeFirst());
        return new Piece(index, piece, lines, token.finish());
    }
}
