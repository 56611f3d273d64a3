package dev.thirteen.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.Completion;
import dev.thirteen.core.reward.Draws;
import dev.thirteen.core.reward.Task;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.proto.reward.v1.VerifierJudgement;
import dev.thirteen.proto.reward.v1.VerifyResponse;
import io.grpc.Status;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class ServedVerifiersTest {
    private static final Task TASK = new Task("run", 0, "p", "?", "1", "", new Draws(1, 0));
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** The breaker opens for one term and so for the other, which has another deadline at the same address. */
    @Test
    void aServerThatIsWellAgainIsAskedAgainAfterItWasLeftAlone() {
        AtomicBoolean well = new AtomicBoolean();
        ServedVerifiers verifiers = new ServedVerifiers(Duration.ofSeconds(2));
        try (OwnVerifier own = new OwnVerifier((_, observer) -> {
            if (well.get()) OwnVerifier.answer(observer, right());
            else observer.onError(Status.UNAVAILABLE.asRuntimeException());
        })) {
            TermKind.Service term = new TermKind.Service(own.address(), false, 30_000, 0);
            TermKind.Service other = new TermKind.Service(own.address(), false, 20_000, 0);
            for (int i = 0; i < 10; i++)
                assertThatThrownBy(() -> reward(verifiers, term)).isInstanceOf(Failure.class);
            assertThatThrownBy(() -> reward(verifiers, other)).hasMessageContaining("left alone");
            assertThat(own.requests()).hasSize(10);

            well.set(true);
            assertThat(rewardInTheEnd(verifiers, other)).isEqualTo(1);
            // Closed: each call goes through.
            for (int i = 0; i < 5; i++) assertThat(reward(verifiers, term)).isEqualTo(1);
            assertThat(own.requests()).hasSize(16);
        } finally {
            verifiers.close();
        }
    }

    private static double rewardInTheEnd(ServedVerifiers verifiers, TermKind.Service term) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return reward(verifiers, term);
            } catch (Failure e) {
                assertThat(e).hasMessageContaining("left alone");
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
        }
    }

    private static double reward(ServedVerifiers verifiers, TermKind.Service term) {
        return verifiers
                .verify(term, TASK, List.of(new Completion("a", 1)))
                .getFirst()
                .value();
    }

    private static VerifyResponse right() {
        return VerifyResponse.newBuilder()
                .addJudgements(VerifierJudgement.newBuilder().setReward(1))
                .build();
    }
}
