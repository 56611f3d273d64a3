package dev.thirteen.trainer;

import com.google.common.primitives.Ints;
import dev.thirteen.core.grpo.KlEstimator;
import dev.thirteen.core.grpo.OverlongPenalty;
import dev.thirteen.core.grpo.StepAdvantages;
import dev.thirteen.core.grpo.StepTotals;
import dev.thirteen.core.grpo.TruncatedSamples;
import dev.thirteen.core.run.AlgorithmSpec;
import dev.thirteen.core.run.RunSpec;
import dev.thirteen.engine.PolicyGradient;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.rollout.v1.Sample;
import dev.thirteen.proto.rollout.v1.ScoredRollout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the loss takes of a step's groups: each group's counted samples, in order; a group may have none left.
 *
 * @param leftOut samples that are not counted
 */
record StepSamples(List<List<LossSample>> groups, int leftOut) {
    private static final double[] NONE = {};

    /** Sizes by which the step is averaged; empty when nothing is counted. */
    Optional<StepTotals> totals() {
        List<LossSample> all = groups.stream().flatMap(List::stream).toList();
        long tokens =
                all.stream().mapToLong(sample -> sample.behaviour().length).sum();
        return all.isEmpty() ? Optional.empty() : Optional.of(new StepTotals(all.size(), tokens));
    }

    /** Examples whose completions are learnt: each token counts alike, and nothing else plays a part. */
    static StepSamples given(List<PolicyGradient.Sequence> examples) {
        List<List<LossSample>> groups = new ArrayList<>();
        for (PolicyGradient.Sequence example : examples) {
            double[] none = new double[example.completionTokens().length];
            groups.add(List.of(new LossSample(example, none, NONE, NONE, none)));
        }
        return new StepSamples(groups, 0);
    }

    /** Prompts with completions of a group. */
    static List<PolicyGradient.Sequence> sequences(ScoredRollout group) {
        int[] prompt = Ints.toArray(group.getRollout().getRequest().getPromptTokenIdsList());
        return group.getRollout().getSamplesList().stream()
                .map(sample -> new PolicyGradient.Sequence(prompt, Ints.toArray(sample.getTokenIdsList())))
                .toList();
    }

    /**
     * Advantages and penalties from rewards.
     *
     * @param reference log-probs under the reference of every sample of every group, in order; empty where none are needed
     */
    static StepSamples of(RunSpec spec, List<ScoredRollout> groups, List<double[]> reference) {
        AlgorithmSpec algorithm = spec.algorithm();
        List<LossSample> all = new ArrayList<>();
        List<List<StepAdvantages.Scored>> scored = new ArrayList<>();
        for (ScoredRollout group : groups) {
            List<PolicyGradient.Sequence> sequences = sequences(group);
            List<StepAdvantages.Scored> ofGroup = new ArrayList<>();
            for (int i = 0; i < sequences.size(); i++) {
                double[] compared = reference.isEmpty() ? NONE : reference.get(all.size());
                LossSample sample = new LossSample(
                        sequences.get(i), behaviour(group.getRollout().getSamples(i)), compared, NONE, NONE);
                all.add(sample);
                ofGroup.add(scored(spec, group, i, sample));
            }
            scored.add(ofGroup);
        }
        List<double[]> advantages = algorithm.advantages().of(scored);
        return counted(scored, all, advantages);
    }

    private static StepSamples counted(
            List<List<StepAdvantages.Scored>> scored, List<LossSample> all, List<double[]> advantages) {
        List<List<LossSample>> groups = new ArrayList<>();
        int at = 0;
        int leftOut = 0;
        for (List<StepAdvantages.Scored> ofGroup : scored) {
            List<LossSample> kept = new ArrayList<>();
            for (StepAdvantages.Scored one : ofGroup) {
                LossSample sample = all.get(at);
                double[] advantage = advantages.get(at++);
                if (one.counted()) {
                    kept.add(sample.with(advantage));
                } else {
                    leftOut++;
                }
            }
            groups.add(kept);
        }
        return new StepSamples(groups, leftOut);
    }

    private static StepAdvantages.Scored scored(RunSpec spec, ScoredRollout group, int index, LossSample sample) {
        AlgorithmSpec algorithm = spec.algorithm();
        double reward = group.getVerdicts(index).getReward();
        Optional<OverlongPenalty> overlong = algorithm.overlong(spec.sampling().maxTokens());
        if (overlong.isPresent()) reward -= overlong.get().of(sample.behaviour().length);
        double[] penalties = new double[sample.behaviour().length];
        double coefficient = algorithm.kl().inReward();
        for (int t = 0; coefficient > 0 && t < penalties.length; t++) {
            penalties[t] = coefficient * KlEstimator.K1.value(sample.reference()[t] - sample.behaviour()[t]);
        }
        boolean truncated = group.getRollout().getSamples(index).getFinishReason() == FinishReason.FINISH_REASON_LENGTH;
        boolean masked = truncated && algorithm.samples().truncated() == TruncatedSamples.MASK;
        return new StepAdvantages.Scored(reward, penalties, !masked);
    }

    private static double[] behaviour(Sample sample) {
        return sample.getBehaviourLogProbsList().stream()
                .mapToDouble(Float::doubleValue)
                .toArray();
    }
}
