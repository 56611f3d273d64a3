package dev.thirteen.core.statistics;

import dev.thirteen.core.sampling.CounterRandom;

/**
 * maj@k: the chance that the vote of k of n answers to one problem is right, over all subsets of size k. Right answers are
 * one party whatever their spelling; each wrong answer is a party of its own; answers without a vote take part in the
 * subset, but not in the vote. Among t parties with the most votes the right one wins with chance 1/t (self-consistency:
 * Wang et al. 2022, arXiv 2203.11171).
 */
public final class MajorityVote {
    /** Terms of the count that are affordable: some milliseconds. */
    static final long AFFORDABLE = 20_000_000;
    /** Binomials of more answers leave the range of doubles' comfort. */
    private static final int MOST_COUNTED = 256;

    private static final int DRAWS = 10_000;

    /**
     * A chance.
     *
     * @param error standard error of the Monte Carlo draws; 0 where every subset was counted
     */
    public record Estimate(double value, double error) {}

    private final int right;
    private final int[] wrong;
    private final int answers;

    /**
     * @param right number of right answers
     * @param wrong number of answers of each wrong party
     * @param silent number of answers without a vote
     */
    public MajorityVote(int right, int[] wrong, int silent) {
        this.right = right;
        this.wrong = wrong.clone();
        int all = right + silent;
        for (int party : wrong) all += party;
        this.answers = all;
    }

    /**
     * maj@k, exact where counting is affordable.
     *
     * @param k 1 to the number of answers
     * @param seed of the draws where it is not
     */
    public Estimate of(int k, long seed) {
        if (k < 1 || k > answers) throw new IllegalArgumentException("k %d of %d answers".formatted(k, answers));
        boolean affordable = answers <= MOST_COUNTED && terms(k) <= AFFORDABLE;
        return affordable ? new Estimate(counted(k), 0) : drawn(k, seed, DRAWS);
    }

    private long terms(int k) {
        long terms = 0;
        for (int votes = 1; votes <= Math.min(right, k); votes++) {
            long rest = k - votes;
            terms += (rest / votes + 1) * (rest + 1) * Math.min(votes, rest + 1) * (wrong.length + 1L);
        }
        return terms;
    }

    /** Sums over the votes of the right party and over the number of parties that tie with it. */
    double counted(int k) {
        double[][] choose = pascal(answers);
        double won = 0;
        for (int votes = 1; votes <= Math.min(right, k); votes++) {
            double[][] ways = waysOfTheWrong(choose, votes, k - votes);
            int silent = answers - right - sum(wrong);
            for (int tied = 0; tied < ways.length; tied++) {
                double subsets = 0;
                for (int used = 0; used <= k - votes; used++) {
                    subsets += ways[tied][used] * at(choose, silent, k - votes - used);
                }
                won += choose[right][votes] * subsets / (1 + tied);
            }
        }
        return won / choose[answers][k];
    }

    /** [tied parties][votes of the wrong]: ways to draw them with no party above the votes of the right one. */
    private double[][] waysOfTheWrong(double[][] choose, int votes, int rest) {
        double[][] ways = new double[rest / votes + 1][rest + 1];
        ways[0][0] = 1;
        for (int party : wrong) {
            double[][] next = new double[ways.length][rest + 1];
            for (int tied = 0; tied < ways.length; tied++) {
                for (int used = 0; used <= rest; used++) {
                    if (ways[tied][used] == 0) continue;
                    for (int own = 0; own <= Math.min(Math.min(party, votes), rest - used); own++) {
                        int nowTied = own == votes ? tied + 1 : tied;
                        next[nowTied][used + own] += ways[tied][used] * choose[party][own];
                    }
                }
            }
            ways = next;
        }
        return ways;
    }

    /** The mean over random subsets, with its standard error. */
    Estimate drawn(int k, long seed, int draws) {
        double sum = 0;
        double squares = 0;
        int[] party = parties();
        long position = 0;
        for (int draw = 0; draw < draws; draw++) {
            int[] votes = new int[wrong.length + 1];
            for (int i = 0; i < k; i++) {
                long bits = CounterRandom.bits(seed, 0, position++);
                int chosen = i + (int) Math.unsignedMultiplyHigh(bits, party.length - i);
                int swapped = party[chosen];
                party[chosen] = party[i];
                party[i] = swapped;
                if (swapped >= 0) votes[swapped]++;
            }
            double won = chanceOfTheRight(votes);
            sum += won;
            squares += won * won;
        }
        double mean = sum / draws;
        return new Estimate(mean, Math.sqrt(Math.max(0, squares / draws - mean * mean) / (draws - 1)));
    }

    /** Party of each answer: 0 the right one, from 1 the wrong ones, -1 silent. */
    private int[] parties() {
        int[] party = new int[answers];
        int at = right;
        for (int i = 0; i < wrong.length; i++) {
            for (int j = 0; j < wrong[i]; j++) party[at++] = i + 1;
        }
        while (at < answers) party[at++] = -1;
        return party;
    }

    private static double chanceOfTheRight(int[] votes) {
        if (votes[0] == 0) return 0;
        int tied = 0;
        for (int own : votes) {
            if (own > votes[0]) return 0;
            if (own == votes[0]) tied++;
        }
        return 1.0 / tied;
    }

    private static double[][] pascal(int n) {
        double[][] choose = new double[n + 1][];
        for (int i = 0; i <= n; i++) {
            choose[i] = new double[i + 1];
            choose[i][0] = 1;
            choose[i][i] = 1;
            for (int j = 1; j < i; j++) choose[i][j] = choose[i - 1][j - 1] + choose[i - 1][j];
        }
        return choose;
    }

    private static double at(double[][] choose, int n, int k) {
        return k > n ? 0 : choose[n][k];
    }

    private static int sum(int[] counts) {
        int sum = 0;
        for (int count : counts) sum += count;
        return sum;
    }
}
