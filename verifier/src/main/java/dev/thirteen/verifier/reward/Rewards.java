package dev.thirteen.verifier.reward;

import dev.thirteen.core.answer.Closeness;
import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.Completion;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.Score;
import dev.thirteen.core.reward.Task;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.reward.TermKind.Comparison;
import dev.thirteen.core.reward.TermScore;
import dev.thirteen.core.reward.TextTemplate;
import dev.thirteen.verifier.Scoring;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Scores completions by any terms. Safe for use by many threads. */
public final class Rewards {
    private final Scoring scoring;
    private final CodeTests tests;
    private final ServedVerifier served;

    public Rewards(Scoring scoring, CodeTests tests, ServedVerifier served) {
        this.scoring = scoring;
        this.tests = tests;
        this.served = served;
    }

    /**
     * One score a completion, in order.
     *
     * @param spec has no problems
     * @throws Failure CALLER when a right answer cannot be read; OUTSIDE when a comparison, a program or a server could not be
     *     had, so that there is no reward and the same call may go through later
     */
    public List<Score> score(RewardSpec spec, Task task, List<Completion> completions) {
        List<List<TermScore>> byTerm = new ArrayList<>();
        for (int i = 0; i < spec.terms().size(); i++) {
            byTerm.add(values(spec.terms().get(i).kind(), i, task, completions));
        }
        List<Score> scores = new ArrayList<>();
        for (int i = 0; i < completions.size(); i++) {
            int completion = i;
            scores.add(spec.combine(
                    byTerm.stream().map(values -> values.get(completion)).toList()));
        }
        return scores;
    }

    private List<TermScore> values(TermKind kind, int term, Task task, List<Completion> completions) {
        return switch (kind) {
            case TermKind.Answer(Comparison comparison) ->
                each(completions, text -> TermScore.of(compare(text, task.answer(), comparison)));
            case TermKind.Choice _ -> each(completions, text -> TermScore.of(scoring.choose(text, task.answer())));
            case TermKind.Closeness closeness -> each(completions, text -> near(text, task.answer(), closeness));
            case TermKind.Pattern(String expression) -> {
                com.google.re2j.Pattern pattern = com.google.re2j.Pattern.compile(expression);
                yield each(completions, text -> TermScore.of(pattern.matches(text.strip())));
            }
            case TermKind.Template(String written) -> {
                TextTemplate template = new TextTemplate(written);
                yield each(completions, text -> TermScore.of(template.fits(text)));
            }
            case TermKind.Length length ->
                completions.stream()
                        .map(completion -> TermScore.of(length.value(completion.tokens())))
                        .toList();
            case TermKind.Code code -> each(completions, text -> tests.score(code, task, text));
            case TermKind.Service service -> served(service, task, completions);
            case TermKind.Chance(double probability) -> chances(term, probability, task, completions.size());
            case TermKind.FormatOnly only ->
                each(completions, text -> TermScore.of(only.from().from(text).isPresent()));
            case TermKind.WrongLabel(Comparison comparison) ->
                each(completions, text -> wrong(text, task.wrongAnswer(), comparison));
            case TermKind.None _ -> throw new Failure(Failure.Kind.BUG, "a reward was scored before it was validated");
        };
    }

    private Verdict compare(String text, String answer, Comparison comparison) {
        return scoring.judge(text, answer, comparison.from(), comparison.by());
    }

    /** What is compared with a wrong answer says nothing of the right one, so there is no verdict. */
    private TermScore wrong(String text, String wrongAnswer, Comparison comparison) {
        if (wrongAnswer.isBlank()) {
            throw new Failure(Failure.Kind.CALLER, "the problem has no wrong answer, which wrong-label compares with");
        }
        return TermScore.of(compare(text, wrongAnswer, comparison).reward());
    }

    private static TermScore near(String text, String answer, TermKind.Closeness term) {
        Extraction extraction = term.from();
        Optional<String> extracted = extraction.from(text);
        Optional<Double> value = extracted.flatMap(number -> Closeness.value(number, answer, term.tolerance()));
        String found = extracted.orElse("");
        if (value.isEmpty()) return TermScore.of(new Verdict.Unparsable(found));
        Verdict verdict = value.get() == 1 ? new Verdict.Correct(found) : new Verdict.Incorrect(found);
        return new TermScore(value.get(), Optional.of(verdict), "");
    }

    private List<TermScore> served(TermKind.Service service, Task task, List<Completion> completions) {
        List<TermScore> scores = served.verify(service, task, completions);
        if (scores.size() == completions.size()) return scores;
        throw new Failure(
                Failure.Kind.OUTSIDE,
                "the verifier at %s gave %d judgements for %d completions"
                        .formatted(service.address(), scores.size(), completions.size()));
    }

    private static List<TermScore> chances(int term, double probability, Task task, int completions) {
        List<TermScore> scores = new ArrayList<>();
        for (int i = 0; i < completions; i++) {
            scores.add(TermScore.of(task.draws().happens(i, term, probability)));
        }
        return scores;
    }

    private static List<TermScore> each(List<Completion> completions, Function<String, TermScore> score) {
        return completions.stream().map(Completion::text).map(score).toList();
    }
}
