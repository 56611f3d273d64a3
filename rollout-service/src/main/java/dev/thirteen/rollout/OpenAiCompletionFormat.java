package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Tokenizer;
import dev.thirteen.rollout.OpenAiChoice.Line;
import java.util.List;

/** Answers of /v1/completions. */
record OpenAiCompletionFormat(Tokenizer tokenizer) implements OpenAiFormat {
    @Override
    public String idPrefix() {
        return "cmpl-";
    }

    @Override
    public String object(boolean chunk) {
        return "text_completion";
    }

    @Override
    public void whole(ObjectNode choice, String text) {
        choice.put("text", text);
    }

    @Override
    public void piece(ObjectNode choice, String text, boolean first) {
        choice.put("text", text);
    }

    @Override
    public ObjectNode logProbs(List<Line> lines) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode tokens = json.putArray("tokens");
        ArrayNode logProbs = json.putArray("token_logprobs");
        ArrayNode top = json.putArray("top_logprobs");
        ArrayNode offsets = json.putArray("text_offset");
        for (Line line : lines) {
            Decoder.Token token = line.token();
            String drawn = text(line, token.tokenId());
            tokens.add(drawn);
            logProbs.add(token.rawLogProb());
            offsets.add(line.offset());
            ObjectNode likeliest = top.addObject();
            token.alternatives().forEach(one -> likeliest.put(text(line, one.tokenId()), one.rawLogProb()));
            // Two tokens may look alike: the drawn one comes last and counts.
            likeliest.put(drawn, token.rawLogProb());
        }
        return json;
    }

    private String text(Line line, int id) {
        OpenAiToken token = OpenAiToken.of(tokenizer, id, line.first());
        return token.whole() ? token.text() : "bytes:" + token.text();
    }
}
