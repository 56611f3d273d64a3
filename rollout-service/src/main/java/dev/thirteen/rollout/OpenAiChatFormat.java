package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Tokenizer;
import dev.thirteen.rollout.OpenAiChoice.Line;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers of /v1/chat/completions. */
record OpenAiChatFormat(Tokenizer tokenizer) implements OpenAiFormat {
    @Override
    public String idPrefix() {
        return "chatcmpl-";
    }

    @Override
    public String object(boolean chunk) {
        return chunk ? "chat.completion.chunk" : "chat.completion";
    }

    @Override
    public void whole(ObjectNode choice, String text) {
        choice.putObject("message")
                .put("role", "assistant")
                .put("content", text)
                .putNull("refusal");
    }

    @Override
    public void piece(ObjectNode choice, String text, boolean first) {
        ObjectNode delta = choice.putObject("delta");
        if (first) delta.put("role", "assistant");
        if (first || !text.isEmpty()) delta.put("content", text);
    }

    @Override
    public ObjectNode logProbs(List<Line> lines) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode content = json.putArray("content");
        for (Line line : lines) {
            Decoder.Token token = line.token();
            ArrayNode top = token(content.addObject(), token.tokenId(), token.rawLogProb())
                    .putArray("top_logprobs");
            token.alternatives().forEach(one -> token(top.addObject(), one.tokenId(), one.rawLogProb()));
        }
        return json.putNull("refusal");
    }

    private ObjectNode token(ObjectNode json, int id, float logProb) {
        String text = tokenizer.decode(new int[] {id}, false);
        json.put("token", text).put("logprob", logProb);
        // A token of incomplete characters has bytes that its text does not show.
        if (text.indexOf('\uFFFD') >= 0) return json.putNull("bytes");
        ArrayNode bytes = json.putArray("bytes");
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) bytes.add(one & 0xff);
        return json;
    }
}
