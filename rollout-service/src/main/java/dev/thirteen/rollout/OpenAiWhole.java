package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.rollout.OpenAiChoice.Line;
import dev.thirteen.rollout.OpenAiChoice.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** An answer in one piece, at the end. */
final class OpenAiWhole implements OpenAiReply {
    private static final class Choice {
        private final StringBuilder text = new StringBuilder();
        private final List<Line> lines = new ArrayList<>();
        private @Nullable FinishReason finish;
    }

    private final OpenAiHttp http;
    private final Head head;
    private final boolean logProbs;
    private final List<Choice> choices;

    OpenAiWhole(OpenAiHttp http, Head head, boolean logProbs, int choices) {
        this.http = http;
        this.head = head;
        this.logProbs = logProbs;
        this.choices = IntStream.range(0, choices).mapToObj(i -> new Choice()).toList();
    }

    @Override
    public void piece(Piece piece) {
        Choice choice = choices.get(piece.index());
        choice.text.append(piece.text());
        choice.lines.addAll(piece.lines());
        choice.finish = piece.finish();
    }

    @Override
    public void end(Usage usage) {
        ObjectNode answer = head.json(false);
        ArrayNode list = answer.putArray("choices");
        for (Choice choice : choices) {
            ObjectNode json = list.addObject().put("index", list.size() - 1);
            head.format().whole(json, choice.text.toString());
            head.close(json, logProbs, choice.lines, choice.finish);
        }
        answer.set("usage", usage.json());
        http.answer(200, answer);
    }

    @Override
    public void failed(OpenAiError error) {
        http.fail(error);
    }
}
