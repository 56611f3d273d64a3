package dev.thirteen.core.reward;

import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import java.util.List;
import java.util.regex.Pattern;

/** What the labels of a problem must fulfil for a reward to be computed from them: known before the work, not in it. */
public final class LabelRules {
    /** A letter of multiple choice that is no part of a word. */
    private static final Pattern LETTER = Pattern.compile("(?<![\\p{Alnum}'])[A-Z](?![\\p{Alnum}'])");

    private LabelRules() {}

    /** Refuses a label that a term cannot use. @throws Failure CALLER naming the problem in single quotes, and the term */
    public static void check(List<Problem> problems, RewardSpec reward) {
        for (Problem problem : problems) {
            for (RewardTerm term : reward.terms()) check(problem, term);
        }
    }

    private static void check(Problem problem, RewardTerm term) {
        try {
            check(problem, term.kind());
        } catch (Failure e) {
            String message = "problem '%s', under term %s: %s".formatted(problem.id(), term.name(), e.getMessage());
            throw new Failure(e.kind(), message, e);
        }
    }

    private static void check(Problem problem, TermKind kind) {
        switch (kind) {
            case TermKind.Answer(TermKind.Comparison comparison) -> comparable(problem.answer(), comparison);
            case TermKind.WrongLabel(TermKind.Comparison comparison) -> wrong(problem.wrongAnswer(), comparison);
            case TermKind.Closeness _ -> Scorer.NUMERIC.check(problem.answer());
            case TermKind.Choice _ -> letter(problem.answer());
            case TermKind.Code _ -> tests(problem.answer());
            case TermKind.Pattern _, TermKind.Template _, TermKind.Length _ -> {}
            case TermKind.Service _, TermKind.Chance _, TermKind.FormatOnly _, TermKind.None _ -> {}
        }
    }

    private static void comparable(String answer, TermKind.Comparison comparison) {
        Scorer.named(comparison.scorer()).ifPresent(scorer -> scorer.check(answer));
    }

    private static void wrong(String answer, TermKind.Comparison comparison) {
        try {
            comparable(answer, comparison);
        } catch (Failure e) {
            throw new Failure(
                    e.kind(),
                    "wrong_answer: " + String.valueOf(e.getMessage()).replace("the right answer", "the answer"),
                    e);
        }
    }

    private static void letter(String answer) {
        if (!LETTER.matcher(answer).find()) throw refused("the right answer names no letter from A to Z: ", answer);
    }

    /** Tests of a program: a text without any passes every program. */
    private static void tests(String tests) {
        boolean code = tests.lines()
                .map(String::strip)
                .anyMatch(line -> !line.isEmpty() && !line.startsWith("#") && !line.equals("pass"));
        if (!code) throw refused("the tests of a program test nothing: ", tests);
    }

    private static Failure refused(String why, String label) {
        return new Failure(Failure.Kind.CALLER, why + (label.length() <= 80 ? label : label.substring(0, 80) + "…"));
    }
}
