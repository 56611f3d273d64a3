package dev.thirteen.trainer;

import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the trainer reads from scored groups. */
final class ScoredGroup {
    private ScoredGroup() {}

    /** Why a group cannot be trained on; empty when it can. */
    static Optional<String> problem(ScoredRollout group, RunState record) {
        Optional<String> foreign = foreign(group.getRollout(), record);
        if (foreign.isPresent()) return foreign;
        List<Sample> samples = group.getRollout().getSamplesList();
        int expected = record.getSpec().getSamplesPerGroup();
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

    /** Whether something else made the group than the run asked for: its log-probabilities are of another policy then. */
    private static Optional<String> foreign(Rollout rollout, RunState record) {
        Provenance made = rollout.getProvenance();
        Adapter asked = rollout.getRequest().getAdapter();
        return Stream.of(
                        differs(
                                "base model",
                                made.getBaseDigest(),
                                record.getSpec().getBaseModel().getDigest()),
                        differs(
                                "basis",
                                made.getBasisDigest(),
                                record.getAdapter().getBasisDigest()),
                        differs("tokenizer", made.getTokenizerDigest(), record.getTokenizerDigest()),
                        differs("adapter", made.getAdapterDigest(), asked.getDigest()))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> differs(String what, String made, String asked) {
        if (made.equals(asked)) return Optional.empty();
        String by = made.isEmpty() ? "none that it names" : made;
        return Optional.of("the group was made with another %s: %s, not %s".formatted(what, by, asked));
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

    /** Whether rewards differ, so that the samples can be told apart. */
    static boolean signal(ScoredRollout group) {
        return !allRewardsEqual(group);
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
