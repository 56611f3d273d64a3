package dev.thirteen.cli;

import dev.thirteen.cli.sweep.SweepRow;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Where a sweep stands: what the run log and the evaluations hold of its cells, and nothing else. What is to be done next
 * follows from that alone, so that a sweep goes on after any kill.
 */
final class SweepState {
    private static final double NANOS_PER_SECOND = 1e9;

    /** What is to be done. Both lists are empty where there is nothing but to wait, or where all is over. */
    record Next(List<SweepCell> create, List<EvaluationSpec> ask, boolean over) {}

    /**
     * What a sweep is to do.
     *
     * @param questions spec of the evaluations of adapters on a base model, without adapters
     */
    record Task(List<SweepCell> cells, int atOnce, int adaptersAtOnce, Function<BaseModel, EvaluationSpec> questions) {}

    private final Task task;
    private final Map<String, Run> runs;
    private final Map<String, Evaluation> byAdapter = new HashMap<>();

    /** @param evaluations of the sweep's suite; those that ask other questions are of no account */
    SweepState(Task task, List<Run> runs, List<Evaluation> evaluations) {
        this.task = task;
        this.runs = runs.stream().collect(Collectors.toMap(Run::getName, Function.identity()));
        Map<BaseModel, List<SweepCell>> bases = byBase(task.cells());
        for (Evaluation evaluation : evaluations) {
            for (BaseModel base : bases.keySet()) {
                if (!sameQuestions(task.questions().apply(base), evaluation.getSpec())) continue;
                for (String adapter : evaluation.getSpec().getAdaptersList()) {
                    byAdapter.merge(adapter, evaluation, (one, other) -> unfinished(other) ? one : other);
                }
            }
        }
    }

    /** The server fills in digests; the base is told apart by its adapters. */
    private static boolean sameQuestions(EvaluationSpec asked, EvaluationSpec found) {
        EvaluationSpec.Builder one = asked.toBuilder().clearAdapters().clearBaseModel();
        EvaluationSpec.Builder other = found.toBuilder().clearAdapters().clearBaseModel();
        if (one.getSamples() <= 1) one.setSamples(0);
        if (other.getSamples() <= 1) other.setSamples(0);
        return one.build().equals(other.build());
    }

    private static Map<BaseModel, List<SweepCell>> byBase(List<SweepCell> cells) {
        return cells.stream()
                .collect(Collectors.groupingBy(
                        cell -> cell.file().spec().getBaseModel(), LinkedHashMap::new, Collectors.toList()));
    }

    /** What is to be done next. */
    Next next() {
        List<SweepCell> absent = cells(RunPhase.RUN_PHASE_UNSPECIFIED);
        int active = active();
        List<SweepCell> create = absent.subList(0, Math.clamp(task.atOnce() - (long) active, 0, absent.size()));
        boolean training = active > 0 || !absent.isEmpty();
        List<EvaluationSpec> ask = new ArrayList<>();
        byBase(cells(RunPhase.RUN_PHASE_FINISHED)).forEach((base, own) -> {
            List<String> waiting = own.stream()
                    .map(this::adapter)
                    .filter(name -> !byAdapter.containsKey(name))
                    .toList();
            for (int from = 0; from < waiting.size(); from += task.adaptersAtOnce()) {
                int to = Math.min(waiting.size(), from + task.adaptersAtOnce());
                // A small batch waits for more, for each asks the base again.
                if (training && to - from < task.adaptersAtOnce()) break;
                ask.add(task.questions().apply(base).toBuilder()
                        .addAllAdapters(waiting.subList(from, to))
                        .build());
            }
        });
        boolean asking = byAdapter.values().stream().anyMatch(evaluation -> !ended(evaluation));
        return new Next(create, ask, !training && ask.isEmpty() && !asking);
    }

    int active() {
        return cells(RunPhase.RUN_PHASE_PREPARING).size()
                + cells(RunPhase.RUN_PHASE_RUNNING).size();
    }

    private List<SweepCell> cells(RunPhase phase) {
        return task.cells().stream().filter(cell -> phase(cell) == phase).toList();
    }

    private RunPhase phase(SweepCell cell) {
        Run run = runs.get(cell.run());
        return run == null ? RunPhase.RUN_PHASE_UNSPECIFIED : run.getState().getPhase();
    }

    /** The last step of a run that has finished. */
    private String adapter(SweepCell cell) {
        return cell.run() + "@" + cell.file().spec().getSteps();
    }

    private static boolean ended(Evaluation evaluation) {
        return switch (evaluation.getPhase()) {
            case EVALUATION_PHASE_FINISHED, EVALUATION_PHASE_FAILED, EVALUATION_PHASE_CANCELLED -> true;
            case EVALUATION_PHASE_RUNNING, EVALUATION_PHASE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    }

    /** Whether it ended without all of its answers. */
    static boolean unfinished(Evaluation evaluation) {
        return ended(evaluation) && !finished(evaluation);
    }

    private static boolean finished(Evaluation evaluation) {
        return evaluation.getPhase() == EvaluationPhase.EVALUATION_PHASE_FINISHED;
    }

    private String reason(SweepCell cell) {
        Run run = runs.get(cell.run());
        return run == null ? "" : run.getState().getReason();
    }

    /** Runs that will not finish by themselves, and evaluations that failed: a line each. */
    List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        for (SweepCell cell : task.cells()) {
            String what = switch (phase(cell)) {
                case RUN_PHASE_PAUSED, RUN_PHASE_CANCELLED, RUN_PHASE_FAILED ->
                    "run " + cell.run() + " is " + RunProgress.words(phase(cell)) + ": " + reason(cell);
                default -> "";
            };
            if (!what.isEmpty()) troubles.add(what);
        }
        byAdapter.values().stream()
                .distinct()
                .filter(SweepState::unfinished)
                .forEach(evaluation -> troubles.add("evaluation " + evaluation.getId() + " did not finish: "
                        + evaluation.getReason() + " (run the sweep again to ask again)"));
        return troubles;
    }

    /** The cells as rows, in the order of the sweep. */
    List<SweepRow> rows() {
        return task.cells().stream().map(this::row).toList();
    }

    private SweepRow row(SweepCell cell) {
        Run run = runs.getOrDefault(cell.run(), Run.getDefaultInstance());
        var state = run.getState();
        double seconds = (state.getUpdatedUnixNano() - state.getCreatedUnixNano()) / NANOS_PER_SECOND;
        return new SweepRow(
                cell.run(),
                cell.grids(),
                cell.keys(),
                runs.containsKey(cell.run()) ? RunProgress.words(state.getPhase()) : "absent",
                new SweepRow.Size(run.getTrainedNumbers(), run.getDegreesOfFreedom(), run.getAdapterBytes()),
                new SweepRow.Training(
                        state.getStep(),
                        cell.file().spec().getSteps(),
                        state.getMetrics().getRewardMean(),
                        seconds),
                found(adapter(cell)));
    }

    private Optional<SweepRow.Found> found(String adapter) {
        Evaluation evaluation = byAdapter.get(adapter);
        if (evaluation == null || !finished(evaluation)) return Optional.empty();
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
