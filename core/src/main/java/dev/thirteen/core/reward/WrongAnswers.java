package dev.thirteen.core.reward;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Counts the wrong answers to a problem, as they are written. */
public final class WrongAnswers {
    private final Map<String, Integer> counts = new TreeMap<>();

    /** Counts one; what is blank is no answer. */
    public void add(String extracted) {
        String answer = extracted.strip();
        if (!answer.isEmpty()) counts.merge(answer, 1, Integer::sum);
    }

    /** The most frequent one; of several the first in the order of their characters. Empty when there was none. */
    public Optional<String> mostFrequent() {
        // max takes the last of equals, so the order is turned around among them.
        return counts.entrySet().stream()
                .max(Comparator.<Map.Entry<String, Integer>>comparingInt(Map.Entry::getValue)
                        .thenComparing(Map.Entry::getKey, Comparator.reverseOrder()))
                .map(Map.Entry::getKey);
    }
}
