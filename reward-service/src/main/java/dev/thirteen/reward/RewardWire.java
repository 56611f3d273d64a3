package dev.thirteen.reward;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.reward.Completion;
import dev.thirteen.core.reward.Draws;
import dev.thirteen.core.reward.RewardSpec;
import dev.thirteen.core.reward.RewardTerm;
import dev.thirteen.core.reward.Score;
import dev.thirteen.core.reward.Task;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.reward.TermScore;
import dev.thirteen.kit.RewardTermWire;
import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reward tasks and verdicts between proto and core. */
final class RewardWire {
    /** Name of the only term where a task has no list of terms. */
    private static final String ANSWER = "answer";

    private RewardWire() {}

    /**
     * What is to be scored.
     *
     * @param named whether each term is told apart: it is where the task has a list of them
     */
    record Work(RewardSpec spec, boolean named, Task task, List<Completion> completions) {}

    /** @throws Failure CALLER with every bad field of the task */
    static Work work(Rollout rollout) {
        RolloutRequest request = rollout.getRequest();
        Draws draws = new Draws(request.getSampling().getSeed(), request.getFirstStream());
        List<Completion> completions = rollout.getSamplesList().stream()
                .map(sample -> new Completion(sample.getText(), sample.getTokenIdsCount()))
                .toList();
        String run = request.getId().getRun();
        Task task = task(request.getRewardTask(), run, request.getId().getStep(), draws);
        return new Work(spec(request.getRewardTask()), named(request.getRewardTask()), task, completions);
    }

    /** @throws Failure CALLER with every bad field of the request */
    static Work work(ScoreRequest request) {
        RewardSpec spec = spec(request.getTask());
        int count = request.getCompletionsCount();
        int tokens = request.getTokensCount();
        boolean needed = spec.has(TermKind.Length.class);
        if (tokens != count && (needed || tokens != 0)) {
            throw field("tokens", "has %d entries for %d completions".formatted(tokens, count));
        }
        if (request.getFirstStream() < 0) throw field("first-stream", "must be at least 0");
        List<Completion> completions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            completions.add(new Completion(request.getCompletions(i), tokens == 0 ? 0 : request.getTokens(i)));
        }
        Draws draws = new Draws(request.getSeed(), request.getFirstStream());
        return new Work(spec, named(request.getTask()), task(request.getTask(), "", 0, draws), completions);
    }

    private static Task task(RewardTask wire, String run, long step, Draws draws) {
        return new Task(
                run, step, wire.getProblemId(), wire.getQuestion(), wire.getAnswer(), wire.getWrongAnswer(), draws);
    }

    private static boolean named(RewardTask task) {
        return task.getTermsCount() > 0;
    }

    private static RewardSpec spec(RewardTask task) {
        RewardSpec spec = new RewardSpec(named(task) ? terms(task) : comparison(task));
        List<FieldProblem> problems = RewardTermWire.problems(spec, "task.terms");
        if (problems.isEmpty()) return spec;
        if (named(task)) throw Failure.fields(problems);
        throw Failure.fields(problems.stream()
                .map(problem -> new FieldProblem(problem.path().replace("terms.0.", ""), problem.problem()))
                .toList());
    }

    private static List<RewardTerm> comparison(RewardTask task) {
        TermKind.Comparison comparison = new TermKind.Comparison(task.getScorer(), task.getExtraction());
        return List.of(new RewardTerm(ANSWER, 1, false, new TermKind.Answer(comparison)));
    }

    private static List<RewardTerm> terms(RewardTask task) {
        if (!task.getScorer().isEmpty()) throw field("task.scorer", "has no meaning beside terms");
        return RewardTermWire.terms(task.getTermsList());
    }

    static List<dev.thirteen.proto.rollout.v1.Verdict> verdicts(Work work, List<Score> scores) {
        List<RewardTerm> told = work.named() ? work.spec().terms() : List.of();
        return scores.stream().map(score -> verdict(told, score)).toList();
    }

    private static dev.thirteen.proto.rollout.v1.Verdict verdict(List<RewardTerm> terms, Score score) {
        var verdict = dev.thirteen.proto.rollout.v1.Verdict.newBuilder()
                .setKind(kind(score.verdict()).orElse(VerdictKind.VERDICT_KIND_UNJUDGED))
                .setReward(score.reward())
                .setExtracted(score.verdict().map(Verdict::extracted).orElse(""));
        for (int i = 0; i < terms.size(); i++) {
            TermScore term = score.terms().get(i);
            verdict.addTerms(dev.thirteen.proto.rollout.v1.TermScore.newBuilder()
                    .setName(terms.get(i).name())
                    .setValue(term.value())
                    .setKind(kind(term.verdict()).orElse(VerdictKind.VERDICT_KIND_UNSPECIFIED))
                    .setDetail(term.detail()));
        }
        return verdict.build();
    }

    private static Optional<VerdictKind> kind(Optional<Verdict> verdict) {
        return verdict.map(judged -> switch (judged) {
            case Verdict.Correct _ -> VerdictKind.VERDICT_KIND_CORRECT;
            case Verdict.Incorrect _ -> VerdictKind.VERDICT_KIND_INCORRECT;
            case Verdict.Unparsable _ -> VerdictKind.VERDICT_KIND_UNPARSABLE;
            case Verdict.TimedOut _ -> VerdictKind.VERDICT_KIND_TIMED_OUT;
        });
    }

    static Failure field(String path, String problem) {
        return Failure.fields(List.of(new FieldProblem(path, problem)));
    }
}
