package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.rollout.OpenAiChoice.Line;
import java.util.List;

/** What the two endpoints write differently. */
sealed interface OpenAiFormat permits OpenAiCompletionFormat, OpenAiChatFormat {
    /** Beginning of the ids of answers. */
    String idPrefix();

    /** Kind of object of an answer, or of a chunk of a stream. */
    String object(boolean chunk);

    /** Writes the text of a whole choice. */
    void whole(ObjectNode choice, String text);

    /** Writes a piece of the text of a choice. */
    void piece(ObjectNode choice, String text, boolean first);

    /** Tokens with their log-probabilities under the model at temperature 1. */
    ObjectNode logProbs(List<Line> lines);
}
