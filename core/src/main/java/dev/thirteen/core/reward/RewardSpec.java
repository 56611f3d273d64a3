package dev.thirteen.core.reward;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure.FieldProblem;
import java.util.List;
import java.util.Optional;

/**
 * The reward of a sample: the product of its gates times the sum of weight times value of the other terms. Holds any terms;
 * whether they are sensible is for {@link #problems}.
 */
public record RewardSpec(List<RewardTerm> terms) {
    /** Most terms of a reward. */
    public static final int MOST_TERMS = 32;

    public RewardSpec {
        terms = List.copyOf(terms);
    }

    /** Every bad field, each path beginning with that of the list of terms; empty when the reward can be computed. */
    public List<FieldProblem> problems(String path) {
        return RewardRules.problems(this, path);
    }

    /** Whether a term needs this kind. */
    public boolean has(Class<? extends TermKind> kind) {
        return terms.stream().anyMatch(term -> kind.isInstance(term.kind()));
    }

    /** Whether a term compares with the right answer, or may: what a user's own server says nobody knows beforehand. */
    public boolean compares() {
        return has(TermKind.Answer.class)
                || has(TermKind.Choice.class)
                || has(TermKind.Closeness.class)
                || has(TermKind.Code.class)
                || has(TermKind.Service.class);
    }

    /** Whether the text of the problem is needed beside its answer. */
    public boolean needsQuestion() {
        return has(TermKind.Service.class) || has(TermKind.Code.class);
    }

    /** The reward of a sample whose terms have these scores, in order. Its verdict is that of the first term that has one. */
    public Score combine(List<TermScore> scores) {
        if (scores.size() != terms.size()) {
            throw new IllegalArgumentException(scores.size() + " scores for " + terms.size() + " terms");
        }
        double gates = 1;
        double sum = 0;
        Optional<Verdict> verdict = Optional.empty();
        for (int i = 0; i < scores.size(); i++) {
            double value = scores.get(i).value();
            if (terms.get(i).gate()) gates *= value;
            else sum += terms.get(i).weight() * value;
            if (verdict.isEmpty()) verdict = scores.get(i).verdict();
        }
        // No sum times a closed gate may be -0: it would be another reward than 0 to whoever compares bits.
        return new Score(gates * sum + 0.0, verdict, scores);
    }
}
