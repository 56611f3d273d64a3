package dev.thirteen.eval;

import dev.thirteen.core.evaluation.ProbeItem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Channels;
import dev.thirteen.kit.EndpointSettings;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.Topics;
import dev.thirteen.kit.Tracing;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.EvaluationSpec;
import dev.thirteen.verifier.Scoring;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * All evaluations: RUNNING, then FINISHED, FAILED or CANCELLED. Every pod hears of all of them from their topic and works
 * on those in its own partitions. Whoever goes on with one takes over what its answers' topic holds; the rest is drawn as it
 * would have been, since random numbers depend on seed and problem alone.
 */
@Singleton
class Evaluations {
    private static final Logger LOG = Logger.getLogger(Evaluations.class);
    /** How long a new evaluation may take from the broker back to here. */
    private static final long HEARD_SECONDS = 10;

    private static final long HEARD_PAUSE_MILLIS = 5;

    /** Where problems, versions and earlier answers come from. */
    @Singleton
    record Sources(ProblemSets problemSets, FollowedRuns runs, AnswerTopic answers) {}

    private final Map<String, LiveEvaluation> byId = new ConcurrentHashMap<>();
    private final Map<String, Integer> partitions = new ConcurrentHashMap<>();
    private final EvaluationWork.Tools tools;
    private final Sources sources;
    private final Tracing tracing;
    private final InstantSource clock = InstantSource.system();
    private volatile Set<Integer> own = Set.of();
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
                new AnswerJudge(Scoring.shared(), channels.to(endpoints.reward()), config),
                writer,
                new Semaphore(config.requestsInFlight()),
                meters,
                config,
                this::now);
        this.sources = sources;
        this.tracing = tracing;
    }

    /**
     * The evaluation of an id.
     *
     * @throws Failure NOT_FOUND
     */
    LiveEvaluation get(String id) {
        LiveEvaluation evaluation = byId.get(id);
        if (evaluation == null) throw unknown(id);
        return evaluation;
    }

    static Failure unknown(String id) {
        return new Failure(Failure.Kind.NOT_FOUND, "there is no evaluation '" + id + "'");
    }

    /**
     * Records an evaluation; the pod whose it is begins it.
     *
     * @param spec checked and resolved
     * @param tenant who asks for it
     * @throws Failure CALLER when it is too large, OUTSIDE when the broker is away
     */
    Evaluation start(EvaluationSpec spec, String tenant) throws InterruptedException {
        List<ProbeItem> items = EvaluationPlan.items(spec, sources.problemSets().of(spec));
        EvaluationPlan plan = EvaluationPlan.of(spec);
        Scoreboard board = new Scoreboard(plan, items);
        if (board.total() > tools.config().maxAnswers()) {
            throw new Failure(
                    Failure.Kind.CALLER,
                    "the evaluation has " + board.total() + " answers; at most "
                            + tools.config().maxAnswers());
        }
        Preflight.check(plan, items, tools.of(tenant).rollout());
        tools.judge().check(plan.reward());
        Evaluation record = Evaluation.newBuilder()
                .setId(UUID.randomUUID().toString().replace("-", "").substring(0, 12))
                .setSpec(spec)
                .setTenant(tenant)
                .setPhase(EvaluationPhase.EVALUATION_PHASE_RUNNING)
                .setAnswersTotal(board.total())
                .setStartedUnixNano(now())
                .setEarlierUses(earlierUses(spec))
                .build();
        tools.writer().write(Topics.EVALUATIONS, record.getId(), record);
        awaitHeard(record.getId());
        return record;
    }

    private void awaitHeard(String id) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(HEARD_SECONDS);
        while (!byId.containsKey(id)) {
            if (System.nanoTime() > deadline) {
                throw new Failure(
                        Failure.Kind.OUTSIDE, "evaluation " + id + " is recorded, but the broker does not tell of it");
            }
            TimeUnit.MILLISECONDS.sleep(HEARD_PAUSE_MILLIS);
        }
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

    /** Hears a record of the log. */
    void heard(int partition, Evaluation record) {
        partitions.put(record.getId(), partition);
        LiveEvaluation live = byId.computeIfAbsent(record.getId(), _ -> new LiveEvaluation(record));
        live.heard(record);
        takeIfOwn(live);
    }

    /** Learns which partitions are this pod's: takes on what is in them, and leaves the rest to others. */
    void own(Set<Integer> assigned) {
        own = Set.copyOf(assigned);
        for (LiveEvaluation live : byId.values()) {
            if (owns(live)) takeIfOwn(live);
            else live.release();
        }
    }

    private boolean owns(LiveEvaluation live) {
        return own.contains(partitions.getOrDefault(live.id(), -1));
    }

    private void takeIfOwn(LiveEvaluation live) {
        if (closing || !owns(live) || !live.take()) return;
        Thread.ofVirtual().name("evaluation-" + live.id()).start(() -> {
            try {
                work(live);
            } catch (InterruptedException e) {
                LOG.warnf("evaluation %s was interrupted", live.id());
            } catch (RuntimeException | Error e) {
                LOG.errorf(e, "evaluation %s could not be recorded; a restart goes on with it", live.id());
                if (!closing) live.end(failed(live.snapshot(), e));
            } finally {
                live.left();
            }
            // It may have become this pod's again while it was being left.
            takeIfOwn(live);
        });
    }

    /** Ends an evaluation that works; one that has ended stays as it is. */
    Evaluation cancel(String id) throws InterruptedException {
        LiveEvaluation live = get(id);
        if (live.ended()) return live.snapshot();
        if (live.mine()) {
            live.cancel();
        } else {
            Evaluation record = live.snapshot().toBuilder()
                    .setPhase(EvaluationPhase.EVALUATION_PHASE_CANCELLED)
                    .setFinishedUnixNano(now())
                    .build();
            tools.writer().write(Topics.EVALUATIONS, id, record);
        }
        return live.snapshot();
    }

    /** Stops asking; what is RUNNING stays so, for the next process. */
    void close() {
        closing = true;
    }

    private void work(LiveEvaluation live) throws InterruptedException {
        Evaluation record = live.snapshot();
        Span span = tracing.tracer().spanBuilder("evaluation").startSpan();
        span.setAttribute("thirteen.evaluation.id", record.getId());
        Evaluation last;
        try (Scope _ = span.makeCurrent();
                ProgressRecords _ =
                        new ProgressRecords(live, tools.writer(), tools.config().recordInterval())) {
            EvaluationWork.Tools own = tools.of(live.snapshot().getTenant());
            new EvaluationCourse(live, sources, own, () -> stopped(live)).run();
            last = live.complete().toBuilder()
                    .setPhase(
                            live.cancelled()
                                    ? EvaluationPhase.EVALUATION_PHASE_CANCELLED
                                    : EvaluationPhase.EVALUATION_PHASE_FINISHED)
                    .setFinishedUnixNano(now())
                    .build();
        } catch (RuntimeException | Error e) {
            if (Failure.isBug(e)) LOG.errorf(e, "evaluation %s failed", record.getId());
            span.recordException(e);
            span.setStatus(StatusCode.ERROR);
            last = failed(live.snapshot(), e);
        } finally {
            span.end();
        }
        if (closing || live.released()) return;
        record(last);
        live.end(last);
    }

    private boolean stopped(LiveEvaluation live) {
        return closing || live.released() || live.cancelled();
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

    private long now() {
        Instant instant = clock.instant();
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }
}
