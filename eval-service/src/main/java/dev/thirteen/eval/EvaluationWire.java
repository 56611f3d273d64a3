package dev.thirteen.eval;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.evaluation.Comparison;
import dev.thirteen.core.evaluation.Outcome;
import dev.thirteen.core.evaluation.ProbeReport;
import dev.thirteen.core.evaluation.RowSummary;
import dev.thirteen.proto.evaluation.v1.Estimate;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.evaluation.v1.ProbeRow;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.rollout.v1.VerdictKind;

/** Maps results between core and wire. */
final class EvaluationWire {
    private EvaluationWire() {}

    static EvaluationRow.Builder row(RowSummary summary) {
        return EvaluationRow.newBuilder()
                .setProblems(summary.problems())
                .setAnswers(summary.answers())
                .setCorrect(summary.right())
                .setUnparsable(summary.unparsable())
                .setNoAnswer(summary.silent())
                .setTimedOut(summary.timedOut())
                .setTruncated(summary.truncated())
                .setAccuracy(summary.accuracy())
                .setStandardError(summary.standardError())
                .setAccuracyError((summary.high() - summary.low()) / 2)
                .setAccuracyLow(summary.low())
                .setAccuracyHigh(summary.high())
                .setFlexibleAccuracy(summary.flexible())
                .setMeanTokens(summary.meanTokens());
    }

    static PairedTest paired(Comparison comparison, String against) {
        return PairedTest.newBuilder()
                .setWon(comparison.won())
                .setLost(comparison.lost())
                .setPValue(comparison.pValue())
                .setDifference(comparison.difference())
                .setStandardError(comparison.standardError())
                .setLow(comparison.low())
                .setHigh(comparison.high())
                .setAgainst(against)
                .build();
    }

    static Estimate estimate(dev.thirteen.core.evaluation.Estimate estimate) {
        return Estimate.newBuilder()
                .setName(estimate.name())
                .setValue(estimate.value())
                .setError(estimate.error())
                .build();
    }

    static ProbeRow probe(String label, ProbeReport.Row row) {
        return ProbeRow.newBuilder()
                .setLabel(label)
                .setKind(row.kind().label())
                .setShare(row.share())
                .setControl(row.control())
                .setProblems(row.problems())
                .setHits(row.hits())
                .setRougeL(row.likeness())
                .setRougeLError(row.likenessError())
                .build();
    }

    static dev.thirteen.proto.rollout.v1.Verdict verdict(Verdict verdict) {
        VerdictKind kind = switch (verdict) {
            case Verdict.Correct _ -> VerdictKind.VERDICT_KIND_CORRECT;
            case Verdict.Incorrect _ -> VerdictKind.VERDICT_KIND_INCORRECT;
            case Verdict.Unparsable _ -> VerdictKind.VERDICT_KIND_UNPARSABLE;
            case Verdict.TimedOut _ -> VerdictKind.VERDICT_KIND_TIMED_OUT;
        };
        return dev.thirteen.proto.rollout.v1.Verdict.newBuilder()
                .setKind(kind)
                .setReward(verdict.reward())
                .setExtracted(verdict.extracted())
                .build();
    }

    /** What was judged before, as it was recorded. */
    static Outcome outcome(EvaluationAnswer answer) {
        return new Outcome(
                verdict(answer.getStrict()),
                verdict(answer.getFlexible()),
                answer.getFinishReason() == FinishReason.FINISH_REASON_LENGTH,
                answer.getTokens());
    }

    /** As it came; what nothing judged counts as what nobody can read. */
    static Verdict verdict(dev.thirteen.proto.rollout.v1.Verdict wire) {
        String extracted = wire.getExtracted();
        return switch (wire.getKind()) {
            case VERDICT_KIND_CORRECT -> new Verdict.Correct(extracted);
            case VERDICT_KIND_INCORRECT -> new Verdict.Incorrect(extracted);
            case VERDICT_KIND_TIMED_OUT -> new Verdict.TimedOut(extracted);
            case VERDICT_KIND_UNPARSABLE, VERDICT_KIND_UNJUDGED, VERDICT_KIND_UNSPECIFIED, UNRECOGNIZED ->
                new Verdict.Unparsable(extracted);
        };
    }
}
