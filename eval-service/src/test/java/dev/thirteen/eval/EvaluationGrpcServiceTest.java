package dev.thirteen.eval;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.data.PromptTemplate;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationPhase;
import dev.thirteen.proto.evaluation.v1.WatchEvaluationResponse;
import dev.thirteen.proto.generation.v1.Policy;
import dev.thirteen.proto.policy.v1.Sampling;
import dev.thirteen.proto.training.v1.Reward;
import io.grpc.StatusRuntimeException;
import io.smallrye.mutiny.Multi;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationGrpcServiceTest {
    private static final Duration INTERVAL = Duration.ofMillis(10);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    @SuppressWarnings("NullAway") // a row without a label is the bug that is looked for
    void aBugEndsTheStreamThatFollowsAnEvaluation() {
        LiveEvaluation live = new LiveEvaluation(Evaluation.newBuilder()
                .setPhase(EvaluationPhase.EVALUATION_PHASE_RUNNING)
                .build());
        var unnamed = new EvaluationPlan.Row(
                null, Policy.getDefaultInstance(), new PromptTemplate("", "{question}", false), "hash", List.of());
        live.working(new Scoreboard(
                new EvaluationPlan(
                        List.of(unnamed),
                        List.of(Sampling.getDefaultInstance()),
                        Reward.getDefaultInstance(),
                        1,
                        false),
                List.of()));
        var updates = Multi.createFrom()
                .<WatchEvaluationResponse>emitter(emitter -> EvaluationGrpcService.follow(live, INTERVAL, emitter));
        assertThatThrownBy(() -> updates.collect().last().await().atMost(LIMIT))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("internal error");
    }
}
