package dev.thirteen.eval;

import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.evaluation.Outcome;
import dev.thirteen.core.evaluation.ProbeItem;
import dev.thirteen.core.evaluation.Probes;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.CodeBlocks;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.proto.generation.v1.Completion;
import dev.thirteen.proto.policy.v1.FinishReason;
import dev.thirteen.proto.reward.v1.RewardServiceGrpc;
import dev.thirteen.proto.reward.v1.ScoreRequest;
import dev.thirteen.proto.rollout.v1.CodeTerm;
import dev.thirteen.proto.rollout.v1.RewardTask;
import dev.thirteen.proto.rollout.v1.RewardTerm;
import dev.thirteen.proto.training.v1.Reward;
import dev.thirteen.verifier.Scoring;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Says what completions are worth. Answers are compared here; programs and rewards of several terms are judged by reward-service,
 * which has the sandbox and the users' verifiers. An evaluation that needs neither needs no reward-service.
 */
final class AnswerJudge {
    /** The scorer that runs the answer against the tests of its problem. */
    static final String CODE = "code";

    private static final String TRIAL = "```python\nanswer = 1\n```";

    private final Scoring scoring;
    private final Channel reward;
    private final EvalConfig config;
    private final Semaphore free;

    AnswerJudge(Scoring scoring, Channel reward, EvalConfig config) {
        this.scoring = scoring;
        this.reward = reward;
        this.config = config;
        this.free = new Semaphore(config.judgementsInFlight(), true);
    }

    /**
     * Tries whether programs can be run, where a reward needs that.
     *
     * @throws Failure CALLER where reward-service does not run programs; OUTSIDE where it is away
     */
    void check(Reward by) throws InterruptedException {
        if (!by.getScorer().equals(CODE)) return;
        RewardTask task =
                code(TermKind.Code.BLOCK).setAnswer("assert answer == 1").build();
        Verdict verdict = served(task, TRIAL, 0, TRIAL);
        if (verdict instanceof Verdict.Correct) return;
        throw new Failure(
                Failure.Kind.OUTSIDE, "the sandbox of reward-service fails a program of one line: " + verdict);
    }

    /**
     * What a completion is worth: taken from where the row's prompt asks for the answer, and from wherever it may be.
     *
     * @throws Failure OUTSIDE when there is no verdict and the same call may go through later
     */
    Outcome judge(Reward by, EvaluationPlan.Row row, ProbeItem item, Completion completion)
            throws InterruptedException {
        String text = completion.getText();
        boolean truncated = completion.getFinishReason() == FinishReason.FINISH_REASON_LENGTH;
        int tokens = completion.getTokenIdsCount();
        if (item.kind() == ProbeItem.Kind.COMPLETION) {
            Verdict verdict = continued(item.problem(), text);
            return new Outcome(verdict, verdict, false, tokens);
        }
        // Generated problems have integers as answers, whatever the benchmark's are.
        if (item.control()) return compared(Scorer.NUMERIC, Extraction.AUTO, item.problem(), completion);
        if (by.getTermsCount() > 0) {
            Verdict verdict = served(task(terms(by), item.problem()), text, tokens, text);
            return new Outcome(verdict, verdict, truncated, tokens);
        }
        if (by.getScorer().equals(CODE)) {
            Verdict strict = program(row.extraction(), item.problem(), completion);
            String other = row.extraction().equals(TermKind.Code.BLOCK) ? TermKind.Code.QUESTION : TermKind.Code.BLOCK;
            boolean right = strict instanceof Verdict.Correct;
            Verdict flexible = right ? strict : program(other, item.problem(), completion);
            return new Outcome(strict, flexible, truncated, tokens);
        }
        Scorer scorer = Scorer.named(by.getScorer()).orElseThrow();
        Extraction extraction = Extraction.named(row.extraction()).orElseThrow();
        return compared(scorer, extraction, item.problem(), completion);
    }

    private static Verdict continued(Problem problem, String text) {
        String start =
                text.substring(0, Math.min(text.length(), 2 * problem.answer().length()));
        return Probes.completes(problem.answer(), text) ? new Verdict.Correct(start) : new Verdict.Incorrect(start);
    }

    private Outcome compared(Scorer scorer, Extraction extraction, Problem problem, Completion completion) {
        String text = completion.getText();
        Verdict strict = scoring.judge(text, problem.answer(), extraction, scorer);
        Verdict flexible =
                extraction == Extraction.AUTO ? strict : scoring.judge(text, problem.answer(), Extraction.AUTO, scorer);
        boolean truncated = completion.getFinishReason() == FinishReason.FINISH_REASON_LENGTH;
        return new Outcome(strict, flexible, truncated, completion.getTokenIdsCount());
    }

    private Verdict program(String begin, Problem problem, Completion completion) throws InterruptedException {
        String text = completion.getText();
        String found = begin.equals(TermKind.Code.BLOCK) ? CodeBlocks.last(text).orElse("") : text;
        return served(task(code(begin), problem), text, completion.getTokenIdsCount(), found);
    }

    private static RewardTask.Builder code(String begin) {
        return RewardTask.newBuilder()
                .addTerms(RewardTerm.newBuilder()
                        .setName(CODE)
                        .setWeight(1)
                        .setCode(CodeTerm.newBuilder().setProgram(begin)));
    }

    private static RewardTask.Builder terms(Reward by) {
        return RewardTask.newBuilder().addAllTerms(by.getTermsList());
    }

    private static RewardTask task(RewardTask.Builder task, Problem problem) {
        return task.setProblemId(problem.id())
                .setQuestion(problem.question())
                .setAnswer(problem.answer())
                .setWrongAnswer(problem.wrongAnswer())
                .build();
    }

    /**
     * The verdict of reward-service.
     *
     * @param found what counts as extracted where the verdict does not say, as for programs
     */
    private Verdict served(RewardTask task, String text, int tokens, String found) throws InterruptedException {
        ScoreRequest request = ScoreRequest.newBuilder()
                .setTask(task)
                .addCompletions(text)
                .addTokens(tokens)
                .build();
        free.acquire();
        try {
            return RewardServiceGrpc.newBlockingStub(reward)
                    .withDeadlineAfter(config.judgementDeadline().toMillis(), TimeUnit.MILLISECONDS)
                    .score(request)
                    .getVerdictsList()
                    .stream()
                    .findFirst()
                    .map(verdict -> verdict.getExtracted().isEmpty()
                            ? verdict.toBuilder().setExtracted(found).build()
                            : verdict)
                    .map(EvaluationWire::verdict)
                    .orElseThrow(() -> new Failure(Failure.Kind.OUTSIDE, "reward-service gave no verdict"));
        } catch (StatusRuntimeException e) {
            throw FailureStatus.toFailure("Score of reward-service", e);
        } finally {
            free.release();
        }
    }
}
