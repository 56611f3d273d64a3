package dev.thirteen.eval;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.statistics.McNemar;
import dev.thirteen.core.statistics.Wilson;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.policy.v1.Provenance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Verdicts of an evaluation as they come in, and the table that they make. Shared by threads. */
final class Scoreboard {
    private enum Outcome {
        RIGHT,
        WRONG,
        UNPARSABLE
    }

    private final EvaluationPlan plan;
    private final int problems;
    private final @Nullable Outcome[][] outcomes; // [decoding * policies + policy][problem]
    private final @Nullable Provenance[] provenances; // [policy]
    private long done;

    Scoreboard(EvaluationPlan plan, int problems) {
        this.plan = plan;
        this.problems = problems;
        int policies = plan.policies().size();
        this.outcomes = new Outcome[plan.decodings().size() * policies][problems];
        this.provenances = new Provenance[policies];
    }

    /** Answers in all. */
    long total() {
        return (long) outcomes.length * problems;
    }

    synchronized long done() {
        return done;
    }

    /**
     * Takes one verdict; each answer once.
     *
     * @throws Failure CONFLICT when the policy's answers come from two different models
     */
    synchronized void add(int policy, int decoding, int problem, Verdict verdict, Provenance provenance) {
        Provenance earlier = provenances[policy];
        if (earlier == null) {
            provenances[policy] = provenance;
        } else if (!sameModel(earlier, provenance)) {
            throw new Failure(
                    Failure.Kind.CONFLICT,
                    plan.policies().get(policy).label() + " answered with two models: base " + earlier.getBaseDigest()
                            + " and " + provenance.getBaseDigest() + ", adapter " + earlier.getAdapterDigest()
                            + " and " + provenance.getAdapterDigest());
        }
        outcomes[decoding * plan.policies().size() + policy][problem] = switch (verdict) {
            case Verdict.Correct _ -> Outcome.RIGHT;
            case Verdict.Incorrect _ -> Outcome.WRONG;
            case Verdict.Unparsable _, Verdict.TimedOut _ -> Outcome.UNPARSABLE;
        };
        done++;
    }

    /** The rows as they stand: decoding after decoding, the base first. */
    synchronized List<EvaluationRow> rows() {
        List<EvaluationRow> rows = new ArrayList<>();
        for (int decoding = 0; decoding < plan.decodings().size(); decoding++) {
            for (int policy = 0; policy < plan.policies().size(); policy++) rows.add(row(decoding, policy));
        }
        return rows;
    }

    private EvaluationRow row(int decoding, int policy) {
        int first = decoding * plan.policies().size();
        @Nullable Outcome[] own = outcomes[first + policy];
        int right = count(own, Outcome.RIGHT);
        int unparsable = count(own, Outcome.UNPARSABLE);
        int answered = right + unparsable + count(own, Outcome.WRONG);
        Wilson interval = Wilson.of(right, answered);
        EvaluationRow.Builder row = EvaluationRow.newBuilder()
                .setLabel(plan.policies().get(policy).label())
                .setDecoding(plan.decodings().get(decoding))
                .setProblems(answered)
                .setCorrect(right)
                .setUnparsable(unparsable)
                .setAccuracy(answered == 0 ? 0 : right / (double) answered)
                .setAccuracyError(interval.halfWidth())
                .setAccuracyLow(interval.low())
                .setAccuracyHigh(interval.high());
        Provenance provenance = provenances[policy];
        if (provenance != null) row.setProvenance(provenance);
        if (policy > 0) row.setPaired(paired(own, outcomes[first]));
        return row.build();
    }

    /** Over the problems that both have answered. */
    private static PairedTest paired(@Nullable Outcome[] own, @Nullable Outcome[] base) {
        int won = 0;
        int lost = 0;
        for (int i = 0; i < own.length; i++) {
            if (own[i] == null || base[i] == null) continue;
            boolean right = own[i] == Outcome.RIGHT;
            boolean baseRight = base[i] == Outcome.RIGHT;
            if (right && !baseRight) won++;
            if (!right && baseRight) lost++;
        }
        return PairedTest.newBuilder()
                .setWon(won)
                .setLost(lost)
                .setPValue(McNemar.twoSidedExact(won, lost))
                .build();
    }

    private static int count(@Nullable Outcome[] outcomes, Outcome wanted) {
        int count = 0;
        for (Outcome outcome : outcomes) {
            if (outcome == wanted) count++;
        }
        return count;
    }

    private static boolean sameModel(Provenance one, Provenance other) {
        return one.getBaseDigest().equals(other.getBaseDigest())
                && one.getAdapterDigest().equals(other.getAdapterDigest());
    }
}
