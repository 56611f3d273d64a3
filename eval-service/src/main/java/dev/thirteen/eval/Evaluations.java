package dev.thirteen.eval;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.thirteen.core.evaluation.ProbeItem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * All evaluations: RUNNING, then FINISHED, FAILED or CANCELLED. A restart goes on with those that were RUNNING:
 * what their topic holds is taken over, and the rest is drawn as it would have been, since random numbers depend on seed and
 * problem alone.
 */
@Singleton
class Evaluations {
    private static final Logger LOG = Logger.getLogger(Evaluations.class);

    /** Where problems, versions and earlier answers come from. */
    @Singleton
    record Sources(ProblemSets problemSets, FollowedRuns runs, AnswerTopic answers) {}

    private final Map<String, LiveEvaluation> byId = new ConcurrentHashMap<>();
    private final EvaluationWork.Tools tools;
    private final ProblemSets problemSets;
    private final FollowedRuns runs;
    private final AnswerTopic answers;
    private final Tracing tracing;
    private final InstantSource clock = InstantSource.system();
    private volatile boolean closing;

    Evaluations(
            EvalConfig config,
            EndpointSettings endpoints,
            Channels channels,
            RecordWriter writer,
            EvalMeters meters,
            Sources sources,
            Tracing tracing) {
        this.tools = new EvaluationWork.Tools(
                channels.to(endpoints.rollout()),
                writer,
                new Semaphore(config.requestsInFlight()),
                meters,
                config,
                this::now);
        this.problemSets = sources.problemSets();
        this.runs = sources.runs();
        this.answers = sources.answers();
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
        List<ProbeItem> items = EvaluationPlan.items(spec, problemSets.of(spec));
        EvaluationPlan plan = EvaluationPlan.of(spec);
        Scoreboard board = new Scoreboard(plan, items);
        if (board.total() > tools.config().maxAnswers()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "the evaluation has " + board.total() + " answers; at most "
                            + tools.config().maxAnswers());
        }
        Preflight.check(plan, items, tools.rollout());
        Evaluation record = Evaluation.newBuilder()
                .setId(UUID.randomUUID().toString().replace("-", "").substring(0, 12))
                .setSpec(spec)
                .setPhase(EvaluationPhase.EVALUATION_PHASE_RUNNING)
                .setAnswersTotal(board.total())
                .setStartedUnixNano(now())
                .setEarlierUses(earlierUses(spec))
                .build();
        tools.writer().write(Topics.EVALUATIONS, record.getId(), record);
        begin(record, List.of());
        return record;
    }

    /** All evaluations, oldest first. */
    List<LiveEvaluation> all() {
        return byId.values().stream()
                .sorted(Comparator.comparingLong(live -> live.started()))
                .toList();
    }

    /** How many evaluations there were of the same data; probes ask other questions. */
    private int earlierUses(EvaluationSpec spec) {
        return (int) byId.values().stream()
                .map(live -> live.snapshot().getSpec())
                .filter(other -> !other.hasProbe() && other.getDataSet().equals(spec.getDataSet()))
                .count();
    }

    /** Takes over what an earlier process left; the last record of an id holds. */
    void restore(Map<String, byte[]> records) {
        List<Evaluation> running = new ArrayList<>();
        records.forEach((id, bytes) -> {
            Evaluation record = read(id, bytes);
            if (record.getPhase() == EvaluationPhase.EVALUATION_PHASE_RUNNING) {
                running.add(record);
            } else {
                byId.put(id, new LiveEvaluation(record));
            }
        });
        Map<String, List<EvaluationAnswer>> known =
                answers.of(running.stream().map(Evaluation::getId).collect(Collectors.toSet()));
        for (Evaluation record : running) {
            List<EvaluationAnswer> earlier = known.getOrDefault(record.getId(), List.of());
            LOG.infof("evaluation %s was not finished: going on after %d answers", record.getId(), earlier.size());
            begin(record, earlier);
        }
    }

    /** Ends an evaluation that works; one that has ended stays as it is. */
    Evaluation cancel(String id) {
        LiveEvaluation live = get(id);
        live.cancel();
        return live.snapshot();
    }

    /** Stops asking; what is RUNNING stays so, for the next process. */
    void close() {
        closing = true;
    }

    private void begin(Evaluation record, List<EvaluationAnswer> earlier) {
        LiveEvaluation live = new LiveEvaluation(record);
        byId.put(record.getId(), live);
        Thread.ofVirtual().name("evaluation-" + record.getId()).start(() -> {
            try {
                work(live, earlier);
            } catch (InterruptedException e) {
                LOG.warnf("evaluation %s was interrupted", record.getId());
            } catch (RuntimeException | Error e) {
                LOG.errorf(e, "evaluation %s could not be recorded; a restart goes on with it", record.getId());
                if (!closing) live.end(failed(live.snapshot(), e));
            }
        });
    }

    private void work(LiveEvaluation live, List<EvaluationAnswer> earlier) throws InterruptedException {
        Evaluation record = live.snapshot();
        Span span = tracing.tracer().spanBuilder("evaluation").startSpan();
        span.setAttribute("thirteen.evaluation.id", record.getId());
        Evaluation last;
        try (Scope _ = span.makeCurrent()) {
            new EvaluationCourse(live, problemSets, runs, tools, () -> closing || live.cancelled()).run(earlier);
            last = live.complete().toBuilder()
                    .setPhase(
                            live.cancelled()
                                    ? EvaluationPhase.EVALUATION_PHASE_CANCELLED
                                    : EvaluationPhase.EVALUATION_PHASE_FINISHED)
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
