package dev.thirteen.cli;

import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationRow;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.evaluation.v1.PairedTest;
import dev.thirteen.proto.training.v1.Run;
import dev.thirteen.proto.training.v1.RunPhase;
import dev.thirteen.proto.training.v1.RunSpec;
import dev.thirteen.proto.training.v1.RunState;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs and evaluations in memory; each moment that passes is a step of every run, and the end of every evaluation. */
final class FakeSweepSystem implements SweepSystem {
    final Map<String, Run> runs = new LinkedHashMap<>();
    final List<Evaluation> evaluations = new ArrayList<>();
    /** Names in the order of creation. */
    final List<String> created = new ArrayList<>();
    /** Names in the order in which they were resumed. */
    final List<String> resumed = new ArrayList<>();
    /** A run that cannot be resumed. */
    String refused = "";
    /** A run that is resumed, and whose caller is not told in time. */
    String late = "";
    /** Most runs that were under way at one time. */
    int mostAtOnce;
    /** Calls that fail from now on. */
    int failures;
    /** How an evaluation that was asked for ends. */
    EvaluationPhase end = EvaluationPhase.EVALUATION_PHASE_FINISHED;

    /** Lets a moment pass. */
    void pass() {
        runs.replaceAll((_, run) -> advanced(run));
        evaluations.replaceAll(evaluation ->
                evaluation.getPhase() == EvaluationPhase.EVALUATION_PHASE_RUNNING ? answered(evaluation) : evaluation);
    }

    private static Run advanced(Run run) {
        RunState state = run.getState();
        if (state.getPhase() != RunPhase.RUN_PHASE_RUNNING) return run;
        long step = state.getStep() + 1;
        boolean last = step == state.getSpec().getSteps();
        Run.Builder next = run.toBuilder();
        next.getStateBuilder().setStep(step).setPhase(last ? RunPhase.RUN_PHASE_FINISHED : RunPhase.RUN_PHASE_RUNNING);
        return next.build();
    }

    private Evaluation answered(Evaluation evaluation) {
        Evaluation.Builder done = evaluation.toBuilder().setPhase(end).addRows(row("base", 0.25));
        done.getSpecBuilder().getBaseModelBuilder().setDigest("sha256:filled-in");
        for (String adapter : evaluation.getSpec().getAdaptersList()) {
            done.addRows(row(adapter, 0.5).setPaired(PairedTest.newBuilder().setDifference(0.25)));
        }
        return done.build();
    }

    private static EvaluationRow.Builder row(String label, double accuracy) {
        return EvaluationRow.newBuilder().setLabel(label).setAnswers(64).setAccuracy(accuracy);
    }

    private void answer() {
        if (failures-- > 0) throw Status.UNAVAILABLE.asRuntimeException();
    }

    @Override
    public Run check(RunFile file) {
        if (runs.containsKey(file.spec().getName())) throw Status.ALREADY_EXISTS.asRuntimeException();
        return Run.newBuilder()
                .setTrainedNumbers(file.spec().getAdapter().getU())
                .build();
    }

    @Override
    public List<Run> runs() {
        answer();
        return List.copyOf(runs.values());
    }

    @Override
    public void create(RunFile file) {
        RunSpec spec = file.spec();
        created.add(spec.getName());
        runs.put(
                spec.getName(),
                Run.newBuilder()
                        .setName(spec.getName())
                        .setTrainedNumbers(spec.getAdapter().getU())
                        .setState(RunState.newBuilder().setSpec(spec).setPhase(RunPhase.RUN_PHASE_RUNNING))
                        .build());
        count();
    }

    @Override
    public void resume(String name) {
        resumed.add(name);
        if (name.equals(refused)) {
            throw Status.FAILED_PRECONDITION
                    .withDescription("it has no further samples")
                    .asRuntimeException();
        }
        Run.Builder run = runs.get(name).toBuilder();
        run.getStateBuilder().setPhase(RunPhase.RUN_PHASE_RUNNING).clearReason();
        runs.put(name, run.build());
        count();
        if (name.equals(late)) throw Status.DEADLINE_EXCEEDED.asRuntimeException();
    }

    private void count() {
        long active = runs.values().stream()
                .filter(run -> run.getState().getPhase() == RunPhase.RUN_PHASE_RUNNING)
                .count();
        mostAtOnce = Math.max(mostAtOnce, (int) active);
    }

    @Override
    public List<Evaluation> evaluations(String suite) {
        return evaluations.stream()
                .filter(evaluation -> evaluation.getSpec().getSuite().equals(suite))
                .toList();
    }

    @Override
    public void ask(EvaluationSpec spec) {
        evaluations.add(Evaluation.newBuilder()
                .setId("e" + evaluations.size())
                .setSpec(spec)
                .setPhase(EvaluationPhase.EVALUATION_PHASE_RUNNING)
                .build());
    }
}
