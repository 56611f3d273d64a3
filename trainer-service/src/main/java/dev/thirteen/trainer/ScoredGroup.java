package dev.thirteen.trainer;

import dev.thirteen.core.run.RunSpec;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.proto.training.v1.StepMetrics;
import java.util.List;
import java.util.Optional;

/** What the trainer reads from scored groups. */
final class ScoredGroup {
    private ScoredGroup() {}

    /** Why a group cannot be trained on; empty when it can. */
    static Optional<String> problem(ScoredRollout group, RunSpec spec) {
        List<Sample> samples = group.getRollout().getSamplesList();
        int expected = spec.schedule().samplesPerGroup();
        if (samples.size() != expected || group.getVerdictsCount() != expected) {
            return Optional.of("the group has %d samples and %d verdicts, not %d"
                    .formatted(samples.size(), group.getVerdictsCount(), expected));
        }
        for (Sample sample : samples) {
            int tokens = sample.getTokenIdsCount();
            if (tokens == 0) return Optional.of("a sample has no token");
            if (tokens != sample.getBehaviourLogProbsCount()) return Optional.of("a sample lacks log-probabilities");
            boolean finite = sample.getBehaviourLogProbsList().stream().allMatch(Float::isFinite);
            if (!finite) return Optional.of("a behaviour log-probability is not finite");
        }
        boolean finite = group.getVerdictsList().stream().allMatch(verdict -> Double.isFinite(verdict.getReward()));
        return finite ? Optional.empty() : Optional.of("a reward is not finite");
    }

    /** What the groups of a step show, apart from loss and gradient. */
    static StepMetrics.Builder measure(List<ScoredRollout> groups, long step) {
        List<Verdict> verdicts = groups.stream()
                .flatMap(group -> group.getVerdictsList().stream())
                .toList();
        List<Sample> samples = groups.stream()
                .flatMap(group -> group.getRollout().getSamplesList().stream())
                .toList();
        List<RolloutRequest> requests =
                groups.stream().map(group -> group.getRollout().getRequest()).toList();
        var staleness = requests.stream()
                .mapToLong(request -> step - request.getPolicyVersion().getStep())
                .summaryStatistics();
        long tokens = samples.stream().mapToLong(Sample::getTokenIdsCount).sum();
        long equal = groups.stream().filter(ScoredGroup::allRewardsEqual).count();
        int refills = requests.stream()
                .mapToInt(request -> request.getId().getAttempt())
                .sum();
        return StepMetrics.newBuilder()
                .setRewardMean(verdicts.stream()
                        .mapToDouble(Verdict::getReward)
                        .average()
                        .orElse(0))
                .setAccuracy(share(verdicts, VerdictKind.VERDICT_KIND_CORRECT))
                .setUnparsable(share(verdicts, VerdictKind.VERDICT_KIND_UNPARSABLE))
                .setStalenessMean(staleness.getAverage())
                .setStalenessMax((int) staleness.getMax())
                .setCompletionTokens(tokens)
                .setCompletionLength((double) tokens / samples.size())
                .setTruncated(samples.stream()
                        .mapToInt(sample -> sample.getFinishReason() == FinishReason.FINISH_REASON_LENGTH ? 1 : 0)
                        .average()
                        .orElse(0))
                .setZeroVarianceGroups((int) equal)
                .setRefills(refills);
    }

    private static boolean allRewardsEqual(ScoredRollout group) {
        return group.getVerdictsList().stream()
                        .mapToDouble(Verdict::getReward)
                        .distinct()
                        .count()
                == 1;
    }

    private static double share(List<Verdict> verdicts, VerdictKind kind) {
        return verdicts.stream()
                .mapToInt(verdict -> verdict.getKind() == kind ? 1 : 0)
                .average()
                .orElse(0);
    }
}
