package dev.thirteen.core.reward;

import dev.thirteen.core.answer.Verdict;
import java.util.List;
import java.util.Optional;

/**
 * The reward of a sample and how it came about.
 *
 * @param verdict empty when no term compares with the right answer
 * @param terms in the order of the spec
 */
public record Score(double reward, Optional<Verdict> verdict, List<TermScore> terms) {
    public Score {
        terms = List.copyOf(terms);
    }
}
