package dev.thirteen.trainer;

import dev.thirteen.proto.policy.v1.Adapter;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.policy.v1.Provenance;
import dev.thirteen.proto.rollout.v1.PolicySpan;
import dev.thirteen.proto.rollout.v1.Rollout;
import dev.thirteen.proto.rollout.v1.RolloutRequest;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.rollout.v1.TermScore;
import dev.thirteen.proto.rollout.v1.Verdict;
import dev.thirteen.proto.rollout.v1.VerdictKind;
import dev.thirteen.proto.training.v1.RunState;
import dev.thirteen.proto.training.v1.StepMetrics;
import dev.thirteen.proto.training.v1.TermMean;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            Optional<String> spans = spans(group.getRollout().getRequest(), sample);
            if (spans.isPresent()) return spans;
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

    /** The policies of a sample's tokens must be those that the run had since it asked. */
    private static Optional<String> spans(RolloutRequest request, Sample sample) {
        if (sample.getPolicySpansCount() == 0) return Optional.empty();
        long tokens = 0;
        long before = request.getPolicyVersion().getStep();
        for (PolicySpan span : sample.getPolicySpansList()) {
            if (span.getStep() < before || span.getTokens() < 1) {
                return Optional.of("a sample's policies do not follow each other");
            }
            before = span.getStep();
            tokens += span.getTokens();
        }
        return tokens == sample.getTokenIdsCount()
                ? Optional.empty()
                : Optional.of(
                        "a sample names policies for %d of its %d tokens".formatted(tokens, sample.getTokenIdsCount()));
    }

    /** Tokens of all samples, each with its prompt. */
    static long tokens(ScoredRollout group) {
        long prompt = group.getRollout().getRequest().getPromptTokenIdsCount();
        return group.getRollout().getSamplesList().stream()
                .mapToLong(sample -> prompt + sample.getTokenIdsCount())
                .sum();
    }

    /** Committed steps before the oldest policy that drew a token. */
    static long oldestPolicy(Rollout rollout) {
        long asked = rollout.getRequest().getPolicyVersion().getStep();
        return rollout.getSamplesList().stream()
                .mapToLong(sample -> sample.getPolicySpansCount() == 0
                        ? asked
                        : sample.getPolicySpans(0).getStep())
                .min()
                .orElse(asked);
    }

    private static double meanPolicy(Rollout rollout) {
        long asked = rollout.getRequest().getPolicyVersion().getStep();
        double newer = 0;
        long tokens = 0;
        for (Sample sample : rollout.getSamplesList()) {
            tokens += sample.getTokenIdsCount();
            for (PolicySpan span : sample.getPolicySpansList()) {
                newer += (double) (span.getStep() - asked) * span.getTokens();
            }
        }
        return asked + newer / Math.max(1, tokens);
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
        List<Rollout> rollouts = groups.stream().map(ScoredRollout::getRollout).toList();
        long tokens = samples.stream().mapToLong(Sample::getTokenIdsCount).sum();
        long equal = groups.stream().filter(ScoredGroup::allRewardsEqual).count();
        int refills = rollouts.stream()
                .mapToInt(rollout -> rollout.getRequest().getId().getAttempt())
                .sum();
        return StepMetrics.newBuilder()
                .setRewardMean(rewardMean(verdicts))
                .setAccuracy(share(verdicts, VerdictKind.VERDICT_KIND_CORRECT))
                .setUnparsable(share(verdicts, VerdictKind.VERDICT_KIND_UNPARSABLE))
                .setStalenessMean(meanStaleness(rollouts, step))
                .setStalenessMax((int) maxStaleness(rollouts, step))
                .setCompletionTokens(tokens)
                .setCompletionLength((double) tokens / samples.size())
                .setTruncated(truncated(samples))
                .setZeroVarianceGroups((int) equal)
                .setRefills(refills)
                .addAllTerms(terms(verdicts));
    }

    /** Means by name, in the order in which names come first; of a step all samples have the same terms. */
    private static List<TermMean> terms(List<Verdict> verdicts) {
        Map<String, DoubleSummaryStatistics> values = new LinkedHashMap<>();
        for (Verdict verdict : verdicts) {
            for (TermScore term : verdict.getTermsList()) {
                values.computeIfAbsent(term.getName(), _ -> new DoubleSummaryStatistics())
                        .accept(term.getValue());
            }
        }
        return values.entrySet().stream()
                .map(term -> TermMean.newBuilder()
                        .setName(term.getKey())
                        .setMean(term.getValue().getAverage())
                        .build())
                .toList();
    }

    private static double rewardMean(List<Verdict> verdicts) {
        return verdicts.stream().mapToDouble(Verdict::getReward).average().orElse(0);
    }

    private static double truncated(List<Sample> samples) {
        return samples.stream()
                .mapToInt(sample -> sample.getFinishReason() == FinishReason.FINISH_REASON_LENGTH ? 1 : 0)
                .average()
                .orElse(0);
    }

    private static double meanStaleness(List<Rollout> rollouts, long step) {
        return rollouts.stream()
                .mapToDouble(rollout -> step - meanPolicy(rollout))
                .average()
                .orElse(0);
    }

    private static long maxStaleness(List<Rollout> rollouts, long step) {
        return rollouts.stream()
                .mapToLong(rollout -> step - oldestPolicy(rollout))
                .max()
                .orElse(0);
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
