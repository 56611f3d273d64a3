package dev.thirteen.core.sampling;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import java.util.List;

/**
 * How tokens are drawn. Order and meaning are those of {@code generate} of transformers: bias and then penalty change the
 * logits; temperature divides them; of what is left, top-k, top-p and min-p keep their part, in this order.
 *
 * @param temperature divisor of the logits, at least {@link #MIN_TEMPERATURE}; 0 means greedy: the largest of the changed logits
 * @param stop texts that end a sample as soon as its own text contains one; they are no part of the text
 * @param maxTokens largest number of new tokens
 * @param seed seed of the counter-based random numbers
 */
public record SamplingParameters(
        float temperature, Filters filters, LogitChanges changes, List<String> stop, int maxTokens, long seed) {
    /** Smallest temperature above 0: logits divided by it are still finite in fp32. */
    public static final float MIN_TEMPERATURE = 1e-20f;
    /** Stop strings that a sample may have. */
    public static final int MAX_STOPS = 16;
    /** Characters that a stop string may have: so many are held back from a stream at most. */
    public static final int MAX_STOP_LENGTH = 256;

    public SamplingParameters {
        stop = List.copyOf(stop);
        boolean fits = temperature == 0 || isDivisor(temperature);
        require("temperature", fits, "must be 0, or %s to 100, not %s".formatted(MIN_TEMPERATURE, temperature));
        require("max-tokens", maxTokens >= 1, "must be at least 1, not " + maxTokens);
        require("stop", stop.size() <= MAX_STOPS, "has %d strings, at most %d".formatted(stop.size(), MAX_STOPS));
        for (int i = 0; i < stop.size(); i++) {
            int length = stop.get(i).length();
            boolean sound = length >= 1 && length <= MAX_STOP_LENGTH;
            require("stop." + i, sound, "has %d characters, 1 to %d fit".formatted(length, MAX_STOP_LENGTH));
        }
    }

    /** Parameters without stop strings that leave the logits as they are. */
    public SamplingParameters(float temperature, float topP, int topK, int maxTokens, long seed) {
        this(temperature, new Filters(topP, topK, 0), LogitChanges.NONE, List.of(), maxTokens, seed);
    }

    /** Whether logits can be divided by the temperature. */
    public static boolean isDivisor(float temperature) {
        return temperature >= MIN_TEMPERATURE && temperature <= 100;
    }

    /** Whether more than the temperature changes the distribution; training runs refuse it. */
    public boolean filtered() {
        return filters.any() || changes.any();
    }

    /** Whether the most likely token is always taken. */
    public boolean greedy() {
        return temperature == 0;
    }

    static void require(String field, boolean holds, String problem) {
        if (!holds) throw Failure.fields(List.of(new FieldProblem("sampling." + field, problem)));
    }
}
