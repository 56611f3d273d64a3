package dev.thirteen.rollout;

import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.Prompt;
import dev.thirteen.proto.generation.v1.Tokens;
import dev.thirteen.proto.policy.v1.Sampling;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Requests of more tokens than any test waits for. The random model draws a stop token sooner or later, a greedy one too: when
 * depends on the processor and on the step at which a decoder goes over to other kernels. So these tokens are ruled out.
 */
final class Endless {
    /** So many that sixteen have room in the cache together. */
    static final int TOKENS = 8000;
    /** Of a stream alone: the fastest processor needs seconds for them. */
    static final int LONG = 30_000;

    private static final List<Integer> PROMPT = List.of(5, 6, 7);
    /** Rules out the stop tokens of qwen2-tied. */
    static final Map<Integer, Float> BIAS = Map.of(595, -100f, 597, -100f);

    private Endless() {}

    static GenerateRequest.Builder request() {
        return request(1, TOKENS);
    }

    /** Of many samples, whose tokens must all have room together. */
    static GenerateRequest.Builder request(int samples, int tokens) {
        Sampling.Builder sampling = Sampling.newBuilder().setMaxTokens(tokens).putAllLogitBias(BIAS);
        return GenerateRequest.newBuilder()
                .setPrompt(Prompt.newBuilder().setTokens(Tokens.newBuilder().addAllIds(PROMPT)))
                .setSampling(sampling)
                .setSamples(samples);
    }

    /** Fields of a completion of the OpenAI dialect, without braces. */
    static String fields() {
        return fields(TOKENS);
    }

    static String fields(int tokens) {
        return """
                "model": "qwen2-tied", "prompt": %s, "max_tokens": %d, "temperature": 0, "logit_bias": {%s}""".formatted(
                        PROMPT,
                        tokens,
                        BIAS.entrySet().stream()
                                .map(token -> "\"%d\": %s".formatted(token.getKey(), token.getValue()))
                                .collect(Collectors.joining(", ")));
    }
}
