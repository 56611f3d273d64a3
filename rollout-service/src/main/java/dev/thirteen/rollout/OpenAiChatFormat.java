package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Tokenizer;
import dev.thirteen.rollout.OpenAiChoice.Line;
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
            ArrayNode top = token(content.addObject(), line, token.tokenId(), token.rawLogProb())
                    .putArray("top_logprobs");
            token.alternatives().forEach(one -> token(top.addObject(), line, one.tokenId(), one.rawLogProb()));
        }
        return json.putNull("refusal");
    }

    private ObjectNode token(ObjectNode json, Line line, int id, float logProb) {
        OpenAiToken token = OpenAiToken.of(tokenizer, id, line.first());
        json.put("token", token.text()).put("logprob", logProb);
        byte[] bytes = token.bytes();
        if (bytes == null) return json.putNull("bytes");
        ArrayNode list = json.putArray("bytes");
        for (byte one : bytes) list.add(one & 0xff);
        return json;
    }
}
