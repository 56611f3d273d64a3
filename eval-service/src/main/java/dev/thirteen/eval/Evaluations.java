package dev.thirteen.eval;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/**
 * All evaluations: RUNNING, then FINISHED or FAILED. A restart begins those that were RUNNING anew under their id: random
 * numbers depend on seed and problem alone, so the answers are the same ones.
 */
@Singleton
class Evaluations {
    private static final Logger LOG = Logger.getLogger(Evaluations.class);

    private final Map<String, LiveEvaluation> byId = new ConcurrentHashMap<>();
    private final EvaluationWork.Tools tools;
    private final ProblemSets problemSets;
    private final Tracing tracing;
    private final InstantSource clock = InstantSource.system();
    private volatile boolean closing;

    Evaluations(
            EvalConfig config,
            EndpointSettings endpoints,
            Channels channels,
            RecordWriter writer,
            EvalMeters meters,
            ProblemSets problemSets,
            Tracing tracing) {
        this.tools = new EvaluationWork.Tools(
                channels.to(endpoints.rollout()), writer, new Semaphore(config.requestsInFlight()), meters, config);
        this.problemSets = problemSets;
        this.tracing = tracing;
    }

    /**
     * The evaluation of an id.
     *
     * @throws Failure NOT_FOUND
     */
    LiveEvaluation get(String id) {
        LiveEvaluation evaluation = byId.get(id);
        if (evaluation == null) throw new Failure(Failure.Kind.NOT_FOUND, "there is no evaluation '" + id + "'");
        return evaluation;
    }

    /**
     * Records an evaluation and begins it.
     *
     * @param spec checked and resolved
     * @throws Failure CALLER when it is too large, OUTSIDE when the broker is away
     */
    Evaluation start(EvaluationSpec spec) throws InterruptedException {
        List<Problem> problems = problemSets.of(spec);
        Scoreboard board = new Scoreboard(EvaluationPlan.of(spec), problems.size());
        if (board.total() > tools.config().maxAnswers()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "the evaluation has " + board.total() + " answers; at most "
                            + tools.config().maxAnswers());
        }
        Evaluation record = Evaluation.newBuilder()
                .setId(UUID.randomUUID().toString().replace("-", "").substring(0, 12))
                .setSpec(spec)
                .setPhase(EvaluationPhase.EVALUATION_PHASE_RUNNING)
                .setAnswersTotal(board.total())
                .setStartedUnixNano(now())
                .build();
        tools.writer().write(Topics.EVALUATIONS, record.getId(), record);
        begin(record);
        return record;
    }

    /** Takes over what an earlier process left; the last record of an id holds. */
    void restore(Map<String, byte[]> records) {
        records.forEach((id, bytes) -> {
            Evaluation record = read(id, bytes);
            if (record.getPhase() == EvaluationPhase.EVALUATION_PHASE_RUNNING) {
                LOG.infof("evaluation %s was not finished: beginning it anew", id);
                begin(record);
            } else {
                byId.put(id, new LiveEvaluation(record));
            }
        });
    }

    /** Stops asking; what is RUNNING stays so, for the next process. */
    void close() {
        closing = true;
    }

    private void begin(Evaluation record) {
        LiveEvaluation live = new LiveEvaluation(record);
        byId.put(record.getId(), live);
        Thread.ofVirtual().name("evaluation-" + record.getId()).start(() -> {
            try {
                work(live);
            } catch (InterruptedException e) {
                LOG.warnf("evaluation %s was interrupted", record.getId());
            } catch (RuntimeException | Error e) {
                LOG.errorf(e, "evaluation %s could not be recorded; a restart begins it anew", record.getId());
                if (!closing) live.end(failed(live.snapshot(), e));
            }
        });
    }

    private void work(LiveEvaluation live) throws InterruptedException {
        Evaluation record = live.snapshot();
        Span span = tracing.tracer().spanBuilder("evaluation").startSpan();
        span.setAttribute("thirteen.evaluation.id", record.getId());
        Evaluation last;
        try (Scope _ = span.makeCurrent()) {
            ask(live, record);
            last = live.snapshot().toBuilder()
                    .setPhase(EvaluationPhase.EVALUATION_PHASE_FINISHED)
                    .setFinishedUnixNano(now())
                    .build();
        } catch (RuntimeException | Error e) {
            if (!(e instanceof Failure)) LOG.errorf(e, "evaluation %s failed", record.getId());
            span.recordException(e);
            span.setStatus(StatusCode.ERROR);
            last = failed(live.snapshot(), e);
        } finally {
            span.end();
        }
        if (closing) return;
        record(last);
        live.end(last);
    }

    private void ask(LiveEvaluation live, Evaluation record) throws InterruptedException {
        Retries retries = new Retries(tools.config().retryFor(), () -> closing);
        List<Problem> problems = retries.call(() -> problemSets.of(record.getSpec()));
        EvaluationPlan plan = EvaluationPlan.of(record.getSpec());
        Scoreboard board = new Scoreboard(plan, problems.size());
        live.working(board);
        new EvaluationWork(record.getId(), plan, problems, board, tools, () -> closing).run();
    }

    private void record(Evaluation last) throws InterruptedException {
        new Retries(tools.config().retryFor(), () -> closing).call(() -> {
            tools.writer().write(Topics.EVALUATIONS, last.getId(), last);
            return last;
        });
    }

    private Evaluation failed(Evaluation record, Throwable cause) {
        return record.toBuilder()
                .setPhase(EvaluationPhase.EVALUATION_PHASE_FAILED)
                .setReason(String.valueOf(cause.getMessage()))
                .setFinishedUnixNano(now())
                .build();
    }

    private static Evaluation read(String id, byte[] bytes) {
        try {
            return Evaluation.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new Failure(Failure.Kind.OUTSIDE, "topic evaluations: the record of " + id + " is damaged", e);
        }
    }

    private long now() {
        Instant instant = clock.instant();
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }
}
