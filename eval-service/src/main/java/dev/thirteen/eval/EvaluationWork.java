package dev.thirteen.eval;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
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
import org.jspecify.annotations.Nullable;

/** Asks, judges and records every answer of one evaluation: a virtual thread an answer, bounded by permits. */
final class EvaluationWork {
    /** What all evaluations share. */
    record Tools(Channel rollout, RecordWriter writer, Semaphore permits, EvalMeters meters, EvalConfig config) {}

    private final String id;
    private final EvaluationPlan plan;
    private final List<Problem> problems;
    private final Scoreboard board;
    private final Tools tools;
    private final Retries retries;
    private final BooleanSupplier closing;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    EvaluationWork(
            String id,
            EvaluationPlan plan,
            List<Problem> problems,
            Scoreboard board,
            Tools tools,
            BooleanSupplier closing) {
        this.id = id;
        this.plan = plan;
        this.problems = problems;
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
            for (int problem = 0; problem < problems.size() && !stopped(); problem++) {
                for (int decoding = 0; decoding < plan.decodings().size(); decoding++) {
                    for (int policy = 0; policy < plan.policies().size() && !stopped(); policy++) {
                        start(threads, policy, decoding, problem);
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

    private void start(ExecutorService threads, int policy, int decoding, int problem) throws InterruptedException {
        tools.permits().acquire();
        threads.execute(Context.current().wrap(() -> {
            try {
                if (!stopped()) answer(policy, decoding, problem);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure.compareAndSet(null, new Failure(Failure.Kind.OUTSIDE, "interrupted", e));
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                tools.permits().release();
            }
        }));
    }

    private void answer(int policy, int decoding, int index) throws InterruptedException {
        EvaluationPlan.Row row = plan.policies().get(policy);
        Problem problem = problems.get(index);
        GenerateRequest request = plan.request(row, plan.decodings().get(decoding), index, problem);
        GenerateResponse response = retries.call(() -> generate(request));
        if (response.getCompletionsCount() != 1) {
            throw new Failure(
                    Failure.Kind.OUTSIDE,
                    "rollout-service sent " + response.getCompletionsCount() + " completions where 1 was asked for");
        }
        Completion completion = response.getCompletions(0);
        Verdict verdict = plan.judge(completion.getText(), problem);
        EvaluationAnswer answer = EvaluationAnswer.newBuilder()
                .setEvaluationId(id)
                .setLabel(row.label())
                .setDecoding(decoding)
                .setProblemId(problem.id())
                .setText(completion.getText())
                .setExtracted(verdict.extracted())
                .setCorrect(verdict instanceof Verdict.Correct)
                .build();
        retries.call(() -> {
            tools.writer().write(Topics.EVALUATION_ANSWERS, id, answer);
            return answer;
        });
        board.add(policy, decoding, index, verdict, response.getProvenance());
        tools.meters().answered(completion.getTokenIdsCount());
    }

    private GenerateResponse generate(GenerateRequest request) {
        try {
            return GenerationServiceGrpc.newBlockingStub(tools.rollout())
                    .withDeadlineAfter(tools.config().answerDeadline().toMillis(), TimeUnit.MILLISECONDS)
                    .generate(request);
        } catch (StatusRuntimeException e) {
            throw FailureStatus.toFailure("Generate of rollout-service", e);
        }
    }

    private boolean stopped() {
        return failure.get() != null || closing.getAsBoolean();
    }
}
