package dev.thirteen.cli;

import dev.thirteen.cli.sweep.SweepRow;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.policy.v1.BaseModel;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Where a sweep stands: what the run log and the evaluations hold of its cells, and nothing else. What is to be done next
 * follows from that alone, so that a sweep goes on after any kill.
 */
final class SweepState {
    /** What is to be done. All lists are empty where there is nothing but to wait, or where all is over. */
    record Next(List<SweepCell> resume, List<SweepCell> create, List<EvaluationSpec> ask, boolean over) {}

    /**
     * What a sweep is to do.
     *
     * @param resume whether runs that were stopped when it began are to go on
     * @param questions spec of the evaluations of adapters on a base model, without adapters
     */
    record Task(
            List<SweepCell> cells,
            int atOnce,
            int adaptersAtOnce,
            boolean resume,
            Function<BaseModel, EvaluationSpec> questions) {}

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

    /**
     * What is to be done next.
     *
     * @param again names of runs that are to be resumed
     */
    Next next(Set<String> again) {
        List<SweepCell> stopped =
                stopped().stream().filter(cell -> again.contains(cell.run())).toList();
        List<SweepCell> absent = cells(RunPhase.RUN_PHASE_UNSPECIFIED);
        long room = task.atOnce() - (long) active();
        List<SweepCell> resume = first(room, stopped);
        List<SweepCell> create = first(room - resume.size(), absent);
        boolean training = active() > 0 || !absent.isEmpty() || !stopped.isEmpty();
        List<EvaluationSpec> ask = questions(training);
        boolean asking = byAdapter.values().stream().anyMatch(evaluation -> !ended(evaluation));
        return new Next(resume, create, ask, !training && ask.isEmpty() && !asking);
    }

    private static List<SweepCell> first(long count, List<SweepCell> cells) {
        return cells.subList(0, Math.clamp(count, 0, cells.size()));
    }

    private List<EvaluationSpec> questions(boolean training) {
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
        return ask;
    }

    /** Cells whose runs do not go on by themselves, and can be resumed. */
    List<SweepCell> stopped() {
        return task.cells().stream()
                .filter(cell -> phase(cell) == RunPhase.RUN_PHASE_PAUSED || phase(cell) == RunPhase.RUN_PHASE_FAILED)
                .toList();
    }

    int active() {
        return (int) task.cells().stream().filter(cell -> live(phase(cell))).count();
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
        String reason = run(cell).getState().getReason();
        return reason.isEmpty() ? "" : ": " + reason.replace('\n', ' ');
    }

    /** Runs that will not finish by themselves, and evaluations that failed: a line each. */
    List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        for (SweepCell cell : task.cells()) {
            String what = switch (phase(cell)) {
                case RUN_PHASE_PAUSED, RUN_PHASE_CANCELLED, RUN_PHASE_FAILED ->
                    "run " + cell.run() + " is " + RunProgress.words(phase(cell)) + reason(cell);
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

    /** Equal to that of another look for as long as no run and no evaluation has moved. */
    List<Object> mark() {
        List<Object> mark = new ArrayList<>();
        for (SweepCell cell : task.cells()) {
            mark.add(phase(cell));
            mark.add(run(cell).getState().getStep());
        }
        byAdapter.forEach((adapter, evaluation) -> {
            mark.add(adapter);
            mark.add(evaluation.getAnswersDone());
            mark.add(evaluation.getPhase());
        });
        return mark;
    }

    /** What is waited for, as a clause: how many there are, and where the first of them stands. */
    String standing() {
        List<String> waited = new ArrayList<>();
        for (SweepCell cell : task.cells()) {
            if (live(phase(cell))) waited.add(RunTexts.standing(run(cell)));
        }
        byAdapter.values().stream()
                .distinct()
                .filter(evaluation -> !ended(evaluation))
                .map(evaluation -> "evaluation %s has %d of %d answers"
                        .formatted(evaluation.getId(), evaluation.getAnswersDone(), evaluation.getAnswersTotal()))
                .forEach(waited::add);
        if (waited.isEmpty()) return "nothing is under way";
        return waited.getFirst() + (waited.size() == 1 ? "" : ", and %d more wait".formatted(waited.size() - 1));
    }

    private Optional<Evaluation> finished(String adapter) {
        return Optional.ofNullable(byAdapter.get(adapter)).filter(SweepState::finished);
    }

    private Run run(SweepCell cell) {
        return runs.getOrDefault(cell.run(), Run.getDefaultInstance());
    }

    private static boolean live(RunPhase phase) {
        return phase == RunPhase.RUN_PHASE_PREPARING || phase == RunPhase.RUN_PHASE_RUNNING;
    }

    /** The cells as rows, in the order of the sweep. */
    List<SweepRow> rows() {
        return task.cells().stream()
                .map(cell -> SweepRows.row(
                        cell, Optional.ofNullable(runs.get(cell.run())), adapter(cell), finished(adapter(cell))))
                .toList();
    }
}
