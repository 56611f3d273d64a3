package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.rollout.OpenAiChoice.Piece;
import java.time.Duration;
import java.util.BitSet;

/**
 * An answer as server-sent events, one a token that makes text certain. Nothing is sent before the first token. Blocks while
 * the client is behind: what is drawn meanwhile waits as tokens, which are far smaller than their events.
 */
final class OpenAiStream implements OpenAiReply {
    private final OpenAiHttp http;
    private final Head head;
    private final boolean logProbs;
    private final boolean usageToo;
    private final Duration patience;
    private final BitSet begun = new BitSet();

    /** @param patience how long the client may read nothing */
    OpenAiStream(OpenAiHttp http, Head head, boolean logProbs, boolean usageToo, Duration patience) {
        this.http = http;
        this.head = head;
        this.logProbs = logProbs;
        this.usageToo = usageToo;
        this.patience = patience;
    }

    @Override
    public void piece(Piece piece) {
        boolean first = !begun.get(piece.index());
        if (!first && piece.text().isEmpty() && piece.lines().isEmpty() && piece.finish() == null) return;
        begun.set(piece.index());
        ObjectNode chunk = head.json(true);
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", piece.index());
        head.format().piece(choice, piece.text(), first);
        head.close(choice, logProbs, piece.lines(), piece.finish());
        if (usageToo) chunk.putNull("usage");
        http.event(chunk.toString());
        http.awaitRoom(patience);
    }

    @Override
    public void end(Usage usage) {
        if (usageToo) {
            ObjectNode chunk = head.json(true);
            chunk.putArray("choices");
            chunk.set("usage", usage.json());
            http.event(chunk.toString());
        }
        http.event("[DONE]");
        http.end();
    }

    @Override
    public void failed(OpenAiError error) {
        if (begun.isEmpty()) {
            http.fail(error);
        } else {
            http.event(error.json().toString());
            http.end();
        }
    }
}
