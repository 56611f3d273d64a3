package dev.thirteen.eval;

import dev.thirteen.core.evaluation.Cells;
import dev.thirteen.core.evaluation.Comparison;
import dev.thirteen.core.evaluation.Estimate;
import dev.thirteen.core.evaluation.Outcome;
import dev.thirteen.core.evaluation.ProbeItem;
import dev.thirteen.core.evaluation.ProbeReport;
import dev.thirteen.core.evaluation.RowSummary;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.policy.v1.Provenance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Answers of an evaluation as they come in, and the table that they make. Shared by threads. */
final class Scoreboard {
    private final EvaluationPlan plan;
    private final List<ProbeItem> items;
    private final List<List<Cells>> cells = new ArrayList<>(); // [decoding][policy]
    private final Map<Integer, Provenance> provenances = new HashMap<>(); // by policy
    private final Map<Integer, double[]> likeness = new HashMap<>(); // by policy, [item]
    private long done;

    Scoreboard(EvaluationPlan plan, List<ProbeItem> items) {
        this.plan = plan;
        this.items = items;
        for (int decoding = 0; decoding < plan.decodings().size(); decoding++) {
            int samples = plan.samples(decoding);
            cells.add(plan.policies().stream()
                    .map(_ -> new Cells(items.size(), samples))
                    .toList());
        }
    }

    /** Answers in all. */
    long total() {
        return IntStream.range(0, cells.size())
                .mapToLong(decoding -> (long) plan.samples(decoding)
                        * items.size()
                        * plan.policies().size())
                .sum();
    }

    synchronized long done() {
        return done;
    }

    /** Indexes of the answers that are still to be asked for. */
    synchronized List<Integer> missing(int policy, int decoding, int item) {
        Cells own = cells.get(decoding).get(policy);
        return IntStream.range(0, own.samples())
                .filter(sample -> !own.has(item, sample))
                .boxed()
                .toList();
    }

    /**
     * Takes one answer; what comes again is passed over.
     *
     * @throws Failure CONFLICT when the policy's answers come from two different models
     */
    synchronized void add(EvaluationAnswer answer, Outcome outcome) {
        int policy = policy(answer.getLabel());
        boolean fits = policy >= 0
                && answer.getDecoding() < cells.size()
                && answer.getProblem() < items.size()
                && answer.getSample() < plan.samples(answer.getDecoding());
        // Of another plan: such as a row that an earlier version of this program made.
        if (!fits) return;
        sameModel(policy, answer.getProvenance());
        Cells own = cells.get(answer.getDecoding()).get(policy);
        if (!own.put(answer.getProblem(), answer.getSample(), outcome)) return;
        likeness.computeIfAbsent(policy, _ -> new double[items.size()])[answer.getProblem()] = answer.getRougeL();
        done++;
    }

    private int policy(String label) {
        return IntStream.range(0, plan.policies().size())
                .filter(i -> plan.policies().get(i).label().equals(label))
                .findFirst()
                .orElse(-1);
    }

    private void sameModel(int policy, Provenance provenance) {
        Provenance earlier = provenances.putIfAbsent(policy, provenance);
        if (earlier == null) return;
        if (earlier.getBaseDigest().equals(provenance.getBaseDigest())
                && earlier.getAdapterDigest().equals(provenance.getAdapterDigest())) return;
        throw new Failure(
                Failure.Kind.CONFLICT,
                plan.policies().get(policy).label() + " answered with two models: base " + earlier.getBaseDigest()
                        + " and " + provenance.getBaseDigest() + ", adapter " + earlier.getAdapterDigest() + " and "
                        + provenance.getAdapterDigest());
    }

    /** The record with what is known, decoding after decoding, the base first; without what takes long to compute. */
    Evaluation.Builder onto(Evaluation record) {
        return onto(record, false);
    }

    /** The record with everything. */
    Evaluation.Builder finalOnto(Evaluation record) {
        return onto(record, true);
    }

    private synchronized Evaluation.Builder onto(Evaluation record, boolean all) {
        Evaluation.Builder known = record.toBuilder()
                .clearRows()
                .clearProbes()
                .clearProbeVerdicts()
                .setAnswersDone(done)
                .setAnswersTotal(total());
        if (plan.probing()) {
            probes(known);
        } else {
            for (int decoding = 0; decoding < cells.size(); decoding++) rows(known, decoding, all);
        }
        return known;
    }

    private void rows(Evaluation.Builder known, int decoding, boolean all) {
        List<Cells> own = cells.get(decoding);
        int best = bestPrompt(own);
        for (int policy = 0; policy < own.size(); policy++) {
            EvaluationPlan.Row row = plan.policies().get(policy);
            EvaluationRow.Builder wire = EvaluationWire.row(RowSummary.of(own.get(policy)))
                    .setLabel(row.label())
                    .setDecoding(plan.decodings().get(decoding));
            Provenance provenance = provenances.get(policy);
            if (provenance != null) wire.setProvenance(provenance);
            if (policy > 0) {
                wire.setPaired(EvaluationWire.paired(compared(own, policy, 0, all), EvaluationPlan.BASE));
            }
            if (row.policy().hasName() && best > 0) {
                String against = plan.policies().get(best).label();
                wire.setPairedBest(EvaluationWire.paired(compared(own, policy, best, all), against));
            }
            if (all) {
                long seed = wire.getDecoding().getSeed();
                Estimate.of(own.get(policy), seed).forEach(e -> wire.addEstimates(EvaluationWire.estimate(e)));
            }
            known.addRows(wire);
        }
    }

    /** The base's row with the highest accuracy; 0 is the common prompt. */
    private int bestPrompt(List<Cells> own) {
        int best = 0;
        for (int policy = 1; policy < own.size(); policy++) {
            if (plan.policies().get(policy).policy().hasName()) continue;
            double accuracy = RowSummary.of(own.get(policy)).accuracy();
            if (accuracy > RowSummary.of(own.get(best)).accuracy()) best = policy;
        }
        return best;
    }

    private static Comparison compared(List<Cells> cells, int policy, int against, boolean all) {
        Cells own = cells.get(policy);
        Cells other = cells.get(against);
        return all ? Comparison.of(own, other, policy) : Comparison.quick(own, other);
    }

    private void probes(Evaluation.Builder known) {
        for (int policy = 0; policy < plan.policies().size(); policy++) {
            String label = plan.policies().get(policy).label();
            ProbeReport report = ProbeReport.of(answered(policy));
            report.rows().forEach(row -> known.addProbes(EvaluationWire.probe(label, row)));
            known.addProbeVerdictsBuilder().setLabel(label).setText(report.verdict());
        }
    }

    private List<ProbeReport.Answered> answered(int policy) {
        double[] likely = likeness.getOrDefault(policy, new double[items.size()]);
        List<ProbeReport.Answered> answered = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            for (Outcome outcome : cells.getFirst().get(policy).of(i)) {
                answered.add(new ProbeReport.Answered(items.get(i), outcome.right(), likely[i]));
            }
        }
        return answered;
    }

    /** What is known of rows that another board has too. */
    synchronized Scoreboard with(Scoreboard earlier) {
        for (int decoding = 0; decoding < cells.size(); decoding++) {
            for (int policy = 0; policy < plan.policies().size(); policy++) {
                int old = earlier.policy(plan.policies().get(policy).label());
                if (old >= 0) copy(earlier, decoding, old, policy);
            }
        }
        return this;
    }

    private void copy(Scoreboard earlier, int decoding, int from, int to) {
        synchronized (earlier) {
            Cells theirs = earlier.cells.get(decoding).get(from);
            for (int item = 0; item < items.size(); item++) {
                List<Outcome> outcomes = theirs.of(item);
                for (int sample = 0; sample < outcomes.size(); sample++) {
                    if (cells.get(decoding).get(to).put(item, sample, outcomes.get(sample))) done++;
                }
            }
            Provenance provenance = earlier.provenances.get(from);
            if (provenance != null) provenances.put(to, provenance);
        }
    }
}
