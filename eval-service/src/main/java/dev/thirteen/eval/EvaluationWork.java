package dev.thirteen.eval;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.evaluation.Outcome;
import dev.thirteen.core.evaluation.ProbeItem;
import dev.thirteen.core.evaluation.Probes;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.Access;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.kit.RecordWriter;
import dev.thirteen.kit.Topics;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerateResponse;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.opentelemetry.context.Context;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Asks, judges and records every answer of one evaluation: a virtual thread a request, bounded by a permit an answer. */
final class EvaluationWork {
    /** What all evaluations share. */
    record Tools(
            Channel rollout,
            AnswerJudge judge,
            RecordWriter writer,
            Semaphore permits,
            EvalMeters meters,
            EvalConfig config,
            LongSupplier nanos) {
        /** The same for an evaluation of a tenant, whose quota its answers use up. */
        Tools of(String tenant) {
            return new Tools(Access.forTenant(rollout, tenant), judge, writer, permits, meters, config, nanos);
        }
    }

    /** Answers to one question that one request asks for. */
    private record Part(int policy, int decoding, int item, int first, int count) {}

    private final String id;
    private final EvaluationPlan plan;
    private final List<ProbeItem> items;
    private final Scoreboard board;
    private final Tools tools;
    private final Retries retries;
    private final BooleanSupplier closing;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    EvaluationWork(
            String id,
            EvaluationPlan plan,
            List<ProbeItem> items,
            Scoreboard board,
            Tools tools,
            BooleanSupplier closing) {
        this.id = id;
        this.plan = plan;
        this.items = items;
        this.board = board;
        this.tools = tools;
        this.closing = closing;
        this.retries = new Retries(tools.config().retryFor(), this::stopped);
    }

    /**
     * Works until every answer is in.
     *
     * @throws Failure the first that ended the work
     */
    void run() throws InterruptedException {
        // Problem after problem, all policies side by side: the pairs are complete at any time.
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("answer-", 0).factory())) {
            for (int item = 0; item < items.size() && !stopped(); item++) {
                for (int decoding = 0; decoding < plan.decodings().size(); decoding++) {
                    for (int policy = 0; policy < plan.policies().size() && !stopped(); policy++) {
                        start(threads, policy, decoding, item);
                    }
                }
            }
        }
        switch (failure.get()) {
            case null -> {}
            case Failure known -> throw known;
            case Throwable other -> throw new Failure(Failure.Kind.BUG, "an answer failed: " + other, other);
        }
    }

    /** Asks for what is missing, answers whose numbers follow one another in one request. */
    private void start(ExecutorService threads, int policy, int decoding, int item) throws InterruptedException {
        List<Integer> missing = board.missing(policy, decoding, item);
        int most = Math.min(tools.config().samplesPerRequest(), tools.config().requestsInFlight());
        for (int from = 0; from < missing.size() && !stopped(); ) {
            int count = 1;
            while (count < most
                    && from + count < missing.size()
                    && missing.get(from + count) == missing.get(from) + count) count++;
            start(threads, new Part(policy, decoding, item, missing.get(from), count));
            from += count;
        }
    }

    private void start(ExecutorService threads, Part part) throws InterruptedException {
        tools.permits().acquire(part.count());
        threads.execute(Context.current().wrap(() -> {
            try {
                if (!stopped()) answer(part);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure.compareAndSet(null, new Failure(Failure.Kind.OUTSIDE, "interrupted", e));
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                tools.permits().release(part.count());
            }
        }));
    }

    private void answer(Part part) throws InterruptedException {
        EvaluationPlan.Row row = plan.policies().get(part.policy());
        ProbeItem item = items.get(part.item());
        GenerateRequest request = plan.request(row, part.decoding(), part.item(), item, part.first(), part.count());
        GenerateResponse response = retries.call(() -> generate(request, item));
        if (response.getCompletionsCount() != part.count()) {
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "rollout-service sent " + response.getCompletionsCount() + " completions where " + part.count()
                            + " were asked for");
        }
        for (int i = 0; i < part.count(); i++) {
            Completion completion = response.getCompletions(i);
            // A comparison that had no processor to run on, or a program no sandbox, has no verdict.
            Outcome outcome = retries.call(() -> tools.judge().judge(plan.reward(), row, item, completion));
            EvaluationAnswer answer = recorded(part, i, response, outcome);
            retries.call(() -> {
                tools.writer().write(Topics.EVALUATION_ANSWERS, id, answer);
                return answer;
            });
            board.add(answer, outcome);
            tools.meters().answered(outcome.tokens());
        }
    }

    private EvaluationAnswer recorded(Part part, int index, GenerateResponse response, Outcome outcome) {
        ProbeItem item = items.get(part.item());
        Problem problem = item.problem();
        Completion completion = response.getCompletions(index);
        EvaluationAnswer.Builder answer = EvaluationAnswer.newBuilder()
                .setEvaluationId(id)
                .setLabel(plan.policies().get(part.policy()).label())
                .setDecoding(part.decoding())
                .setProblemId(problem.id())
                .setProblem(part.item())
                .setSample(part.first() + index)
                .setQuestion(problem.question())
                .setAnswer(problem.answer())
                .setText(completion.getText())
                .setExtracted(outcome.strict().extracted())
                .setCorrect(outcome.right())
                .setStrict(EvaluationWire.verdict(outcome.strict()))
                .setFlexible(EvaluationWire.verdict(outcome.flexible()))
                .setFinishReason(completion.getFinishReason())
                .setTokens(completion.getTokenIdsCount())
                .setPromptTokens(response.getPromptTokens())
                .setProvenance(response.getProvenance())
                .setOccurredUnixNano(tools.nanos().getAsLong());
        if (item.kind() == ProbeItem.Kind.COMPLETION) {
            answer.setRougeL(Probes.likeness(problem.answer(), completion.getText()));
        }
        return answer.build();
    }

    private GenerateResponse generate(GenerateRequest request, ProbeItem item) {
        try {
            return GenerationServiceGrpc.newBlockingStub(tools.rollout())
                    .withDeadlineAfter(tools.config().answerDeadline().toMillis(), TimeUnit.MILLISECONDS)
                    .generate(request);
        } catch (StatusRuntimeException e) {
            Failure failure = FailureStatus.toFailure("Generate of rollout-service", e);
            if (failure.reason().isEmpty()) throw failure;
            throw new Failure(failure.kind(), "problem " + item.problem().id() + ": " + failure.getMessage(), failure);
        }
    }

    private boolean stopped() {
        return failure.get() != null || closing.getAsBoolean();
    }
}
