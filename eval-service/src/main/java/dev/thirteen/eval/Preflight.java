package dev.thirteen.eval;

import dev.thirteen.core.evaluation.ProbeItem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.kit.FailureStatus;
import dev.thirteen.proto.generation.v1.GenerateRequest;
import dev.thirteen.proto.generation.v1.GenerationServiceGrpc;
import dev.thirteen.proto.generation.v1.StreamGenerateRequest;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/** Begins to answer the longest question under every prompt, so that one that does not fit is known before the work. */
final class Preflight {
    private static final Logger LOG = Logger.getLogger(Preflight.class);
    /** Most tokens are not quite most letters. */
    private static final int QUESTIONS = 3;
    /** A base that is not loaded yet takes longer; then the evaluation itself finds out. */
    private static final int PATIENCE_SECONDS = 5;

    private Preflight() {}

    /**
     * Tries.
     *
     * @throws Failure CALLER naming the problem whose prompt is too long; whatever else no retry helps
     */
    static void check(EvaluationPlan plan, List<ProbeItem> items, Channel rollout) {
        int decoding = IntStream.range(0, plan.decodings().size())
                .boxed()
                .max(Comparator.comparingInt(i -> plan.decodings().get(i).getMaxTokens()))
                .orElseThrow();
        List<Integer> longest = IntStream.range(0, items.size())
                .boxed()
                .sorted(Comparator.comparingInt(
                        i -> -items.get(i).problem().question().length()))
                .limit(QUESTIONS)
                .toList();
        for (EvaluationPlan.Row row : plan.policies()) {
            if (row.policy().hasName()) continue;
            for (int index : longest) {
                GenerateRequest request = plan.request(row, decoding, index, items.get(index), 0, 1);
                Optional<Failure> refused = refusal(request, rollout);
                if (refused.isEmpty()) continue;
                if (!tooLong(refused.get())) throw under(row, refused.get());
                String problem = items.get(index).problem().id();
                throw Failure.fields(List.of(new Failure.FieldProblem(
                        "data-set.problem",
                        "'" + problem + "' does not fit under prompt " + row.label() + ": "
                                + refused.get().getMessage())));
            }
        }
    }

    private static boolean tooLong(Failure failure) {
        return failure.reason().filter(Failure.Reason.PROMPT_TOO_LONG::equals).isPresent();
    }

    /** Such as a prompt of turns where the base has no chat template. */
    private static Failure under(EvaluationPlan.Row row, Failure refused) {
        return new Failure(refused.kind(), "prompt " + row.label() + ": " + refused.getMessage(), refused);
    }

    private static Optional<Failure> refusal(GenerateRequest request, Channel rollout) {
        try (Context.CancellableContext call = Context.current().withCancellation()) {
            return call.call(() -> {
                var tokens = GenerationServiceGrpc.newBlockingStub(rollout)
                        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .streamGenerate(StreamGenerateRequest.newBuilder()
                                .setRequest(request)
                                .build());
                LOG.tracef("a first token: %s", tokens.hasNext());
                return Optional.empty();
            });
        } catch (StatusRuntimeException e) {
            Failure failure = FailureStatus.toFailure("Generate of rollout-service", e);
            return failure.kind().retryable() ? Optional.empty() : Optional.of(failure);
        } catch (Exception e) {
            throw new Failure(Failure.Kind.BUG, "a first call threw " + e, e);
        }
    }
}
