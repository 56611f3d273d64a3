package dev.thirteen.core.grpo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the rewards of a step become one advantage a token: group statistics first, then those of the step. Rewards that are
 * all equal give exactly 0.
 *
 * @param group what is taken from a reward within its group
 * @param wholeStep whether the results are then normalised over all counted tokens of the step, (x − mean) / √(s² + 1e-8)
 *     with divisor n − 1, as verl does for REINFORCE++ (arXiv 2501.03262; the paper divides by s + ε)
 */
public record StepAdvantages(Group group, boolean wholeStep) {
    // As verl's masked_whiten has it.
    private static final double EPSILON = 1e-8;

    /** What becomes of a reward within its group. */
    public enum Group {
        /** See {@link GroupAdvantages#STANDARDISED}. */
        STANDARDISED,
        /** See {@link GroupAdvantages#CENTRED}. */
        CENTRED,
        /** See {@link GroupAdvantages#LEAVE_ONE_OUT}. */
        LEAVE_ONE_OUT,
        /** Nothing: the return of each token, so that a group may have one sample. */
        RETURN
    }

    /**
     * A sample as its judge and its sampler left it.
     *
     * @param reward reward of the whole sample
     * @param penalties what each token costs (β k1 for a KL penalty in the reward); not copied
     * @param counted whether it takes part in the statistics of the step and in the loss; every sample takes part in those
     *     of its group
     */
    public record Scored(double reward, double[] penalties, boolean counted) {
        public Scored {
            if (!Double.isFinite(reward)) throw new IllegalArgumentException("a reward is not finite");
            if (!Arrays.stream(penalties).allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("a penalty is not finite");
            }
        }

        /** Reward less all penalties. */
        double total() {
            return reward - Arrays.stream(penalties).sum();
        }
    }

    /** Whether a sample is judged against the others of its group. */
    public boolean needsGroup() {
        return group != Group.RETURN;
    }

    /**
     * Advantages of each sample's tokens, in the order of groups and samples.
     *
     * @throws IllegalArgumentException for a group too small for its statistic
     */
    public List<double[]> of(List<List<Scored>> groups) {
        List<double[]> advantages = new ArrayList<>();
        for (List<Scored> one : groups) advantages.addAll(within(one));
        if (wholeStep) {
            List<Scored> samples = groups.stream().flatMap(List::stream).toList();
            normalise(samples, advantages);
        }
        return advantages;
    }

    private List<double[]> within(List<Scored> samples) {
        if (group == Group.RETURN) {
            return samples.stream().map(StepAdvantages::returns).toList();
        }
        GroupAdvantages estimator = estimator();
        if (samples.size() < 2) {
            throw new IllegalArgumentException(
                    "%s needs at least 2 samples a group: %d".formatted(estimator, samples.size()));
        }
        double[] of = estimator.of(samples.stream().mapToDouble(Scored::total).toArray());
        List<double[]> tokens = new ArrayList<>();
        for (int i = 0; i < of.length; i++) {
            double[] same = new double[samples.get(i).penalties().length];
            Arrays.fill(same, of[i]);
            tokens.add(same);
        }
        return tokens;
    }

    private GroupAdvantages estimator() {
        return switch (group) {
            case STANDARDISED -> GroupAdvantages.STANDARDISED;
            case CENTRED -> GroupAdvantages.CENTRED;
            case LEAVE_ONE_OUT -> GroupAdvantages.LEAVE_ONE_OUT;
            case RETURN -> throw new IllegalStateException("a return has no group");
        };
    }

    /** Of each token: the reward, which comes after the last one, less what it and the later ones cost. */
    private static double[] returns(Scored sample) {
        double[] returns = new double[sample.penalties().length];
        double after = sample.reward();
        for (int t = returns.length - 1; t >= 0; t--) {
            after -= sample.penalties()[t];
            returns[t] = after;
        }
        return returns;
    }

    private static void normalise(List<Scored> samples, List<double[]> advantages) {
        double[] counted = counted(samples, advantages);
        if (counted.length == 0) return;
        // The mean of equal numbers may differ from them in the last bit, and 1e-8 would blow that up.
        boolean equal = Arrays.stream(counted).allMatch(value -> value == counted[0]);
        double mean = Arrays.stream(counted).sum() / counted.length;
        double squares = Arrays.stream(counted)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        double scale = equal ? 0 : 1 / Math.sqrt(squares / (counted.length - 1) + EPSILON);
        for (double[] tokens : advantages) {
            for (int t = 0; t < tokens.length; t++) tokens[t] = equal ? 0 : (tokens[t] - mean) * scale;
        }
    }

    private static double[] counted(List<Scored> samples, List<double[]> advantages) {
        List<double[]> kept = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            if (samples.get(i).counted()) kept.add(advantages.get(i));
        }
        return kept.stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
