package dev.thirteen.eval;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.evaluation.ProbeItem;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/** One evaluation from its record to its last answer: what is known is taken over, what is missing is asked for. */
final class EvaluationCourse {
    private static final Logger LOG = Logger.getLogger(EvaluationCourse.class);

    private final LiveEvaluation live;
    private final ProblemSets problemSets;
    private final FollowedRuns runs;
    private final AnswerTopic answers;
    private final EvaluationWork.Tools tools;
    private final Retries retries;
    private final BooleanSupplier stopped;

    EvaluationCourse(
            LiveEvaluation live, Evaluations.Sources sources, EvaluationWork.Tools tools, BooleanSupplier stopped) {
        this.live = live;
        this.problemSets = sources.problemSets();
        this.runs = sources.runs();
        this.answers = sources.answers();
        this.tools = tools;
        this.stopped = stopped;
        this.retries = new Retries(tools.config().retryFor(), stopped);
    }

    /**
     * Works until every answer is in; of a followed run, until the run has ended and its versions are done. What an earlier
     * process or another pod has answered is taken over.
     */
    void run() throws InterruptedException {
        EvaluationSpec spec = live.snapshot().getSpec();
        List<Problem> problems =
                retries.call(() -> problemSets.of(live.snapshot().getSpec()));
        List<ProbeItem> items = EvaluationPlan.items(spec, problems);
        Scoreboard board = new Scoreboard(EvaluationPlan.of(spec), items);
        retries.call(() -> {
            takeOver(board);
            return board;
        });
        ask(spec, items, board);
        Scoreboard last = board;
        while (live.snapshot().getSpec().hasFollow() && !stopped.getAsBoolean()) {
            Optional<EvaluationSpec> next = awaitVersions(live.snapshot().getSpec());
            if (next.isEmpty()) return;
            Scoreboard wider = new Scoreboard(EvaluationPlan.of(next.get()), items).with(last);
            recordSpec(next.get(), wider);
            ask(next.get(), items, wider);
            last = wider;
        }
    }

    private void takeOver(Scoreboard board) {
        Evaluation record = live.snapshot();
        answers.read(
                record.getId(),
                record.getStartedUnixNano(),
                answer -> board.add(answer, EvaluationWire.outcome(answer)));
        if (board.done() > 0) LOG.infof("evaluation %s goes on after %d answers", record.getId(), board.done());
    }

    private void ask(EvaluationSpec spec, List<ProbeItem> items, Scoreboard board) throws InterruptedException {
        live.working(board);
        new EvaluationWork(live.snapshot().getId(), EvaluationPlan.of(spec), items, board, tools, stopped).run();
    }

    /** The spec with what is due; empty when there will be no more, or when the work is to stop. */
    private Optional<EvaluationSpec> awaitVersions(EvaluationSpec spec) throws InterruptedException {
        while (!stopped.getAsBoolean()) {
            FollowedRuns.Look look = retries.call(() -> runs.look(spec));
            if (look.next().isPresent() || look.ended()) return look.next();
            TimeUnit.MILLISECONDS.sleep(tools.config().followInterval().toMillis());
        }
        return Optional.empty();
    }

    private void recordSpec(EvaluationSpec spec, Scoreboard board) throws InterruptedException {
        Evaluation record = board.onto(live.snapshot()).setSpec(spec).build();
        retries.call(() -> {
            tools.writer().write(Topics.EVALUATIONS, record.getId(), record);
            return record;
        });
        live.changed(record);
    }
}
