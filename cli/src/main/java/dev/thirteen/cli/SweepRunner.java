package dev.thirteen.cli;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.proto.training.v1.Run;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Does what a sweep needs until it is over: looks, decides, acts, waits. */
final class SweepRunner {
    /** A service that is started again, or a broker, is back within this time. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final SweepSystem system;
    private final SweepState.Task task;
    private final String suite;
    private final Clock clock;
    private final Consumer<String> notes;
    private final Set<String> ofNoAccount = new HashSet<>();
    /** Runs that are to be resumed and were not yet: none that goes on, for the answer to a resume may be lost. */
    private final Set<String> again = new HashSet<>();

    /** Time, and how to let it pass. */
    interface Clock extends InstantSource {
        /** Waits a moment. */
        void pause();
    }

    /**
     * What follows a sweep.
     *
     * @param suite name under which the sweep's evaluations are found again
     * @param notes hears in a line each what a person should know meanwhile
     */
    SweepRunner(SweepSystem system, SweepState.Task task, String suite, Clock clock, Consumer<String> notes) {
        this.system = system;
        this.task = task;
        this.suite = suite;
        this.clock = clock;
        this.notes = notes;
    }

    /**
     * Every cell's run: as it is, or as the server would create it.
     *
     * @throws Failure CALLER when the server refuses a cell
     */
    static Map<String, Run> checked(SweepSystem system, List<SweepCell> cells) {
        Map<String, Run> there = new LinkedHashMap<>();
        for (Run run : system.runs()) there.put(run.getName(), run);
        Map<String, Run> checked = new LinkedHashMap<>();
        for (SweepCell cell : cells) {
            // The name of a run that is there is refused, and what it names is this cell.
            Run run = there.get(cell.run());
            checked.put(cell.run(), run == null ? asked(system, cell) : run);
        }
        return checked;
    }

    private static Run asked(SweepSystem system, SweepCell cell) {
        try {
            return system.check(cell.file());
        } catch (Failure e) {
            throw SweepCell.inCell(e, String.join(", ", cell.grids()), cell.changes());
        }
    }

    /**
     * Follows the sweep to its end.
     *
     * @param progress is told of every look at it
     * @throws Failure CALLER when a server refuses a cell
     */
    SweepState run(Consumer<SweepState> progress) {
        long lost = 0;
        boolean first = true;
        while (true) {
            try {
                SweepState state = look(first);
                if (first) begin(state);
                first = false;
                lost = 0;
                again.retainAll(names(state.stopped()));
                progress.accept(state);
                SweepState.Next next = state.next(again);
                if (next.over()) return state;
                for (SweepCell cell : next.resume()) resume(cell.run());
                for (SweepCell cell : next.create()) create(cell);
                for (EvaluationSpec spec : next.ask()) system.ask(spec);
            } catch (StatusRuntimeException e) {
                boolean news = lost == 0;
                lost = news ? clock.millis() : lost;
                boolean patient = clock.millis() - lost < PATIENCE.toMillis();
                if (first || !patient || !passing(e)) throw e;
                if (news) {
                    notes.accept("%s; it is waited for, %d s at most"
                            .formatted(CallFailure.sentence(e), PATIENCE.toSeconds()));
                }
            }
            clock.pause();
        }
    }

    private void begin(SweepState state) {
        List<String> stopped = names(state.stopped());
        if (task.resume()) {
            again.addAll(stopped);
        } else if (!stopped.isEmpty()) {
            notes.accept(
                    "%d of its runs are paused or failed and stay so; the same command with --resume goes on with them"
                            .formatted(stopped.size()));
        }
    }

    private static List<String> names(List<SweepCell> cells) {
        return cells.stream().map(SweepCell::run).toList();
    }

    private void resume(String run) {
        try {
            system.resume(run);
        } catch (StatusRuntimeException e) {
            if (passing(e)) throw e;
            notes.accept("run " + run + " cannot be resumed: " + CallFailure.sentence(e));
        }
        // What stops once more stays stopped.
        again.remove(run);
    }

    private static boolean passing(StatusRuntimeException e) {
        Status.Code code = e.getStatus().getCode();
        return code == Status.Code.UNAVAILABLE || code == Status.Code.DEADLINE_EXCEEDED;
    }

    /** Evaluations that had failed before this sweep was followed are asked for again; those that fail now are not. */
    private SweepState look(boolean first) {
        List<Evaluation> evaluations = system.evaluations(suite);
        if (first) {
            evaluations.stream()
                    .filter(SweepState::unfinished)
                    .map(Evaluation::getId)
                    .forEach(ofNoAccount::add);
        }
        List<Evaluation> counted = evaluations.stream()
                .filter(evaluation -> !ofNoAccount.contains(evaluation.getId()))
                .toList();
        return new SweepState(task, system.runs(), counted);
    }

    private void create(SweepCell cell) {
        try {
            system.create(cell.file());
        } catch (Failure e) {
            throw SweepCell.inCell(e, String.join(", ", cell.grids()), cell.changes());
        }
    }
}
