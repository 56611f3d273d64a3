package dev.thirteen.core.reward;

import dev.thirteen.core.answer.Spelled;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/** Counts the wrong answers to a problem; spellings of one count together, as in the vote of maj@k. */
public final class WrongAnswers {
    private final Map<String, Map<String, Integer>> spellings = new TreeMap<>();

    /** Counts one; what is blank is no answer. */
    public void add(String extracted) {
        String answer = extracted.strip();
        String plain = Spelled.plain(answer);
        if (!plain.isEmpty())
            spellings.computeIfAbsent(plain, _ -> new TreeMap<>()).merge(answer, 1, Integer::sum);
    }

    /**
     * The most frequent one in its most frequent spelling; of several the first in the order of their characters. Empty when
     * there was none.
     */
    public Optional<String> mostFrequent() {
        return spellings.entrySet().stream()
                .max(frequency(counts ->
                        counts.values().stream().mapToInt(Integer::intValue).sum()))
                .flatMap(most -> most.getValue().entrySet().stream().max(frequency(Integer::intValue)))
                .map(Map.Entry::getKey);
    }

    /** By count; max takes the last of equals, so the order of characters is turned around among them. */
    private static <V> Comparator<Map.Entry<String, V>> frequency(ToIntFunction<V> count) {
        return Comparator.<Map.Entry<String, V>>comparingInt(entry -> count.applyAsInt(entry.getValue()))
                .thenComparing(Map.Entry::getKey, Comparator.reverseOrder());
    }
}
