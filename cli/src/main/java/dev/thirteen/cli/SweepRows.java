package dev.thirteen.cli;

import dev.thirteen.cli.sweep.SweepRow;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.training.v1.Run;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Rows of a sweep's results, from what the services tell. */
final class SweepRows {
    private static final double NANOS_PER_SECOND = 1e9;

    private SweepRows() {}

    /**
     * The row of a cell.
     *
     * @param there its run, where there is one
     * @param adapter name of its last step
     * @param evaluation the finished one that asked that adapter
     */
    static SweepRow row(SweepCell cell, Optional<Run> there, String adapter, Optional<Evaluation> evaluation) {
        Run run = there.orElse(Run.getDefaultInstance());
        var state = run.getState();
        double seconds = (state.getUpdatedUnixNano() - state.getCreatedUnixNano()) / NANOS_PER_SECOND;
        return new SweepRow(
                cell.run(),
                cell.grids(),
                cell.keys(),
                there.isPresent() ? RunProgress.words(state.getPhase()) : "absent",
                new SweepRow.Size(run.getTrainedNumbers(), run.getDegreesOfFreedom(), run.getAdapterBytes()),
                new SweepRow.Training(
                        state.getStep(),
                        cell.file().spec().getSteps(),
                        state.getMetrics().getRewardMean(),
                        seconds),
                evaluation.flatMap(finished -> found(finished, adapter)));
    }

    private static Optional<SweepRow.Found> found(Evaluation evaluation, String adapter) {
        Map<String, EvaluationRow> rows = evaluation.getRowsList().stream()
                .collect(Collectors.toMap(EvaluationRow::getLabel, Function.identity(), (first, _) -> first));
        EvaluationRow row = rows.get(adapter);
        EvaluationRow base = rows.get("base");
        if (row == null || base == null) return Optional.empty();
        PairedTest paired = row.getPaired();
        return Optional.of(new SweepRow.Found(
                evaluation.getId(),
                row.getAnswers(),
                row.getAccuracy(),
                row.getStandardError(),
                base.getAccuracy(),
                new SweepRow.Interval(paired.getDifference(), paired.getLow(), paired.getHigh()),
                paired.getPValue(),
                row.getMeanTokens(),
                row.getTruncated()));
    }
}
