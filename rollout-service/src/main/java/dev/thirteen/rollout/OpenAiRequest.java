package dev.thirteen.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a call of the OpenAI dialect asks, whichever endpoint it came to. A field that is not known, or that is set to what
 * we do not do, is refused by name.
 *
 * @param sampling a max_tokens of 0 means as many as fit
 * @param samples choices of each prompt
 * @param logProbs whether each token comes with its log-probability
 * @param alternatives likeliest tokens beside each token
 * @param deterministic whether the bits of a choice must not depend on other calls; a field of our own
 */
record OpenAiRequest(
        String model,
        List<Prompt> prompts,
        Sampling sampling,
        int samples,
        boolean logProbs,
        int alternatives,
        boolean deterministic,
        boolean stream,
        boolean streamUsage) {
    private static final int COMPLETION_TOKENS = 16;
    private static final int MAX_COMPLETION_ALTERNATIVES = 5;
    private static final int MAX_CHAT_ALTERNATIVES = 20;

    /** A call of /v1/completions. */
    static OpenAiRequest completion(JsonNode body) {
        OpenAiFields fields = OpenAiFields.of("", body);
        List<Prompt> prompts = OpenAiPrompts.completion(fields);
        long maxTokens = fields.whole("max_tokens", COMPLETION_TOKENS, 1, Integer.MAX_VALUE);
        int alternatives = (int) fields.whole("logprobs", -1, 0, MAX_COMPLETION_ALTERNATIVES);
        fields.without("echo", false);
        fields.without("best_of", 1);
        return common(fields, prompts, maxTokens, alternatives >= 0, Math.max(alternatives, 0));
    }

    /** A call of /v1/chat/completions. */
    static OpenAiRequest chat(JsonNode body) {
        OpenAiFields fields = OpenAiFields.of("", body);
        List<Prompt> prompts = List.of(OpenAiPrompts.chat(fields));
        long maxTokens = fields.whole("max_tokens", 0, 1, Integer.MAX_VALUE);
        maxTokens = fields.whole("max_completion_tokens", maxTokens, 1, Integer.MAX_VALUE);
        boolean logProbs = fields.flag("logprobs");
        int alternatives = (int) fields.whole("top_logprobs", 0, 0, MAX_CHAT_ALTERNATIVES);
        if (alternatives > 0 && !logProbs) throw fields.wrong("top_logprobs", "needs logprobs: true");
        fields.without("tools");
        fields.without("tool_choice", "none", "auto");
        fields.without("parallel_tool_calls", true, false);
        fields.without("functions");
        fields.without("function_call", "none", "auto");
        fields.without("store", false);
        JsonNode format = fields.take("response_format");
        if (!format.isMissingNode()) requireText(fields, format);
        return common(fields, prompts, maxTokens, logProbs, alternatives);
    }

    private static OpenAiRequest common(
            OpenAiFields fields, List<Prompt> prompts, long maxTokens, boolean logProbs, int alternatives) {
        String model = fields.text("model", "");
        if (model.isBlank()) throw fields.wrong("model", "is not set");
        Sampling sampling = sampling(fields).setMaxTokens((int) maxTokens).build();
        int samples = (int) fields.whole("n", 1, 1, Integer.MAX_VALUE);
        fields.without("frequency_penalty", 0);
        fields.without("presence_penalty", 0);
        // Names the caller's own user: nothing depends on it.
        fields.text("user", "");
        boolean deterministic = fields.flag("deterministic");
        boolean stream = fields.flag("stream");
        JsonNode options = fields.take("stream_options");
        if (!options.isMissingNode() && !stream) throw fields.wrong("stream_options", "needs stream: true");
        boolean streamUsage = !options.isMissingNode() && streamUsage(fields.inner("stream_options", options));
        fields.end();
        return new OpenAiRequest(
                model,
                List.copyOf(prompts),
                sampling,
                samples,
                logProbs,
                alternatives,
                deterministic,
                stream,
                streamUsage);
    }

    private static void requireText(OpenAiFields fields, JsonNode format) {
        OpenAiFields inner = fields.inner("response_format", format);
        String type = inner.text("type", "");
        if (!type.equals("text")) throw fields.wrong("response_format", "must be of type text, not '" + type + "'");
        inner.end();
    }

    private static boolean streamUsage(OpenAiFields fields) {
        boolean usage = fields.flag("include_usage");
        fields.without("include_obfuscation", false);
        fields.end();
        return usage;
    }

    private static Sampling.Builder sampling(OpenAiFields fields) {
        long seed = ThreadLocalRandom.current().nextLong();
        // 0 would mean "off" in our own messages, where the dialect means 0.
        Sampling.Builder sampling = Sampling.newBuilder()
                .setTemperature(fields.number("temperature", 1, 0, true))
                .setTopP(fields.number("top_p", 1, 0, false))
                .setTopK((int) Math.max(0, fields.whole("top_k", 0, -1, Integer.MAX_VALUE)))
                .setMinP(fields.number("min_p", 0, 0, true))
                .setRepetitionPenalty(fields.number("repetition_penalty", 1, 0, false))
                .addAllStop(stop(fields))
                .setSeed(fields.whole("seed", seed, Long.MIN_VALUE, Long.MAX_VALUE));
        JsonNode bias = fields.take("logit_bias");
        if (!bias.isMissingNode() && !bias.isObject()) throw fields.wrong("logit_bias", "must be an object");
        bias.properties().forEach(one -> {
            boolean sound = one.getKey().matches("[0-9]{1,9}") && one.getValue().isNumber();
            if (!sound) throw fields.wrong("logit_bias", "must map token ids to numbers, not " + one);
            sampling.putLogitBias(Integer.parseInt(one.getKey()), one.getValue().floatValue());
        });
        return sampling;
    }

    private static List<String> stop(OpenAiFields fields) {
        JsonNode stop = fields.take("stop");
        if (stop.isMissingNode()) return List.of();
        if (stop.isTextual()) return List.of(fields.characters("stop", stop));
        List<String> texts = new ArrayList<>();
        for (JsonNode text : stop) {
            if (!text.isTextual()) throw fields.wrong("stop", "must be a string or a list of strings");
            texts.add(fields.characters("stop", text));
        }
        if (!stop.isArray()) throw fields.wrong("stop", "must be a string or a list of strings");
        return texts;
    }
}
