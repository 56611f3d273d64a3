package dev.thirteen.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FairQueueTest {
    private final FairQueue<String> queue = new FairQueue<>();

    @Test
    void oneTenantIsServedFirstComeFirstServed() {
        for (int i = 0; i < 4; i++) queue.add("", 10 - i, "x" + i);
        assertThat(taken(4)).containsExactly("x0", "x1", "x2", "x3");
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void aGreedyTenantDelaysAnotherByOneEntryAndNotByItsQueue() {
        for (int i = 0; i < 1000; i++) queue.add("greedy", 100, "g" + i);
        assertThat(taken(3)).containsExactly("g0", "g1", "g2");
        for (int i = 0; i < 3; i++) queue.add("modest", 100, "m" + i);
        assertThat(taken(6)).containsExactly("m0", "g3", "m1", "g4", "m2", "g5");
    }

    @Test
    void turnsAreByCostAndNotByNumber() {
        for (int i = 0; i < 4; i++) queue.add("long", 300, "l" + i);
        for (int i = 0; i < 6; i++) queue.add("short", 100, "s" + i);
        assertThat(taken(8)).containsExactly("l0", "s0", "s1", "s2", "l1", "s3", "s4", "s5");
    }

    @Test
    void idleTimeIsNotSavedUp() {
        queue.add("early", 100, "e0");
        for (int i = 0; i < 50; i++) queue.add("busy", 100, "b" + i);
        taken(40);
        for (int i = 1; i < 5; i++) queue.add("early", 100, "e" + i);
        assertThat(taken(6)).containsExactly("e1", "b39", "e2", "b40", "e3", "b41");
    }

    @Test
    void entriesCanBeChangedAndTakenBack() {
        for (int i = 0; i < 3; i++) queue.add("a", 1, "a" + i);
        queue.add("b", 1, "b0");
        queue.removeIf("a1"::equals);
        queue.replaceAll(entry -> entry + "!");
        assertThat(queue.stream()).containsExactly("a0!", "a2!", "b0!");
        assertThat(queue.of("a")).containsExactly("a0!", "a2!");
        assertThat(queue.first()).isEqualTo("a0!");
        queue.clear();
        assertThat(queue.isEmpty()).isTrue();
    }

    private List<String> taken(int count) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < count; i++) all.add(queue.removeFirst());
        return all;
    }
}
