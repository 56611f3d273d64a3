package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.rollout.OpenAiChoice.Line;
import dev.thirteen.rollout.OpenAiChoice.Piece;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes the answer of one call, as it comes or as a whole. Used by one thread at a time, which may be kept waiting. */
sealed interface OpenAiReply permits OpenAiWhole, OpenAiStream {
    void piece(Piece piece);

    void end(Usage usage);

    void failed(OpenAiError error);

    /** Tokens of prompts and choices. */
    record Usage(int prompt, int completion) {
        ObjectNode json() {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("prompt_tokens", prompt)
                    .put("completion_tokens", completion)
                    .put("total_tokens", prompt + completion);
        }
    }

    /** What every answer, and every chunk of a stream, begins with. */
    record Head(OpenAiFormat format, String id, long createdSeconds, String model, String fingerprint) {
        ObjectNode json(boolean chunk) {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("id", id)
                    .put("object", format.object(chunk))
                    .put("created", createdSeconds)
                    .put("model", model)
                    .put("system_fingerprint", fingerprint);
        }

        /** Ends a choice: log-probabilities where they are asked for, and why it ended. */
        void close(ObjectNode choice, boolean logProbs, List<Line> lines, @Nullable FinishReason finish) {
            choice.set("logprobs", logProbs ? format.logProbs(lines) : JsonNodeFactory.instance.nullNode());
            choice.put("finish_reason", finish == null ? null : finish.name().toLowerCase(Locale.ROOT));
        }
    }
}
