package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HeldPoliciesTest {
    private static final int REQUESTS = 50;

    private final HeldPolicies<String> held = new HeldPolicies<>();
    private final AtomicInteger made = new AtomicInteger();
    private final CountDownLatch asked = new CountDownLatch(REQUESTS);

    @Test
    void requestsThatComeTogetherHaveOnePolicy() throws Exception {
        try (ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Policy>> found = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                found.add(requests.submit(() -> {
                    asked.countDown();
                    return held.get("a", this::makeWhenAllHaveAsked);
                }));
            }
            Policy one = found.getFirst().get();
            for (Future<Policy> other : found) assertThat(other.get()).isSameAs(one);
            assertThat(held.get("b", this::makeWhenAllHaveAsked)).isNotSameAs(one);
        }
        assertThat(made).hasValue(2);
    }

    private Policy makeWhenAllHaveAsked() {
        try {
            asked.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        made.incrementAndGet();
        return new Policy(null, new float[0]);
    }

    @Test
    void aFailureComesAsItIsAndIsTriedAgain() {
        Failure away = new Failure(Failure.Kind.OUTSIDE, "trainer-service cannot be asked");
        assertThatThrownBy(() -> held.get("a", () -> {
                    throw away;
                }))
                .isSameAs(away);
        assertThat(held.get("a", () -> Policy.BASE)).isSameAs(Policy.BASE);
    }
}
