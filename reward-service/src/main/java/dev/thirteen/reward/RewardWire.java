package dev.thirteen.reward;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.verifier.Scoring;
import java.util.List;

/** Reward tasks and verdicts between proto and core. */
final class RewardWire {
    private RewardWire() {}

    /**
     * Verdicts on the completions, in order.
     *
     * @throws Failure CALLER for an unknown scorer or extraction, or a right answer that the scorer cannot read
     */
    static List<dev.thirteen.proto.rollout.v1.Verdict> verdicts(RewardTask task, List<String> completions) {
        Scorer scorer = scorer(task.getScorer());
        Extraction extraction = extraction(task.getExtraction());
        return completions.stream()
                .map(completion -> Scoring.shared().judge(completion, task.getAnswer(), extraction, scorer))
                .map(RewardWire::verdict)
                .toList();
    }

    private static Scorer scorer(String name) {
        return Scorer.named(name).orElseThrow(() -> unknown("task.scorer", name, "exact, numeric or math"));
    }

    private static Extraction extraction(String name) {
        return Extraction.named(name)
                .orElseThrow(() -> unknown("task.extraction", name, "boxed, hash, last-number, auto or text"));
    }

    private static dev.thirteen.proto.rollout.v1.Verdict verdict(Verdict verdict) {
        VerdictKind kind = switch (verdict) {
            case Verdict.Correct(String extracted) -> VerdictKind.VERDICT_KIND_CORRECT;
            case Verdict.Incorrect(String extracted) -> VerdictKind.VERDICT_KIND_INCORRECT;
            case Verdict.Unparsable(String extracted) -> VerdictKind.VERDICT_KIND_UNPARSABLE;
            case Verdict.TimedOut(String extracted) -> VerdictKind.VERDICT_KIND_TIMED_OUT;
        };
        return dev.thirteen.proto.rollout.v1.Verdict.newBuilder()
                .setKind(kind)
                .setReward(verdict.reward())
                .setExtracted(verdict.extracted())
                .build();
    }

    private static Failure unknown(String path, String name, String known) {
        return field(path, "must be " + known + ", it is \"" + name + "\"");
    }

    static Failure field(String path, String problem) {
        return Failure.fields(List.of(new FieldProblem(path, problem)));
    }
}
