package dev.thirteen.core.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.placement.PlacementPlan.Demand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlacementPlanTest {
    @Test
    void whatFitsOnOneDeviceStaysThere() {
        PlacementPlan plan = PlacementPlan.of(new Demand(List.of(10L, 10L, 10L), 5, 5), List.of(40L, 40L));
        assertThat(plan.deviceOfLayer()).containsExactly(0, 0, 0);
        assertThat(plan.bytes()).containsExactly(40L);
    }

    @Test
    void embeddingAndHeadCountOnFirstAndLastDevice() {
        PlacementPlan plan = PlacementPlan.of(new Demand(Collections.nCopies(6, 10L), 20, 20), List.of(60L, 60L));
        assertThat(plan.deviceOfLayer()).containsExactly(0, 0, 0, 1, 1, 1);
        assertThat(plan.bytes()).containsExactly(50L, 50L);
    }

    @Test
    void aHeadThatIsTheEmbeddingIsHeldOnceWhereBothAre() {
        Demand tied = new Demand(Collections.nCopies(4, 10L), 30, 35, 30);
        assertThat(PlacementPlan.of(tied, List.of(75L, 75L)).bytes()).containsExactly(75L);
        assertThat(PlacementPlan.of(tied, List.of(74L, 74L)).bytes()).containsExactly(50L, 55L);
    }

    @Test
    void largerDeviceTakesMore() {
        PlacementPlan plan = PlacementPlan.of(new Demand(Collections.nCopies(9, 10L), 0, 0), List.of(30L, 60L));
        assertThat(plan.bytes()).containsExactly(30L, 60L);
    }

    @Test
    void whatFitsNowhereSaysWhatIsMissing() {
        Demand demand = new Demand(List.of(50L, 50L), 0, 0);
        assertThatThrownBy(() -> PlacementPlan.of(demand, List.of(40L, 60L)))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CAPACITY))
                .hasMessage("the model needs 100 bytes in whole layers, the 2 devices have [40, 60]");
    }

    @Test
    void noPlanIsBetter() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            List<Long> layers = new ArrayList<>();
            for (int i = 0; i < 7; i++) layers.add(1L + random.nextInt(20));
            Demand demand = new Demand(layers, random.nextInt(10), random.nextInt(10));
            List<Long> room = List.of(60L, 50L, 70L);
            double found = share(PlacementPlan.of(demand, room).bytes(), room);
            // All two- and three-way cuts by hand.
            double best = Double.POSITIVE_INFINITY;
            int used = PlacementPlan.of(demand, room).bytes().size();
            for (int a = 1; a < 7; a++) {
                for (int b = a; b <= 7; b++) {
                    if (used == 1 || (used == 2) != (b == 7)) continue;
                    best = Math.min(best, share(cut(demand, a, b), room));
                }
            }
            if (used > 1) assertThat(found).isEqualTo(best);
            assertThat(found).isLessThanOrEqualTo(1);
        }
    }

    private static List<Long> cut(Demand demand, int a, int b) {
        List<Long> bytes = new ArrayList<>(List.of(demand.embedding(), 0L));
        if (b < 7) bytes.add(0L);
        for (int i = 0; i < 7; i++) {
            int device = i < a ? 0 : i < b ? 1 : 2;
            bytes.set(device, bytes.get(device) + demand.layers().get(i));
        }
        int last = bytes.size() - 1;
        bytes.set(last, bytes.get(last) + demand.head());
        return bytes;
    }

    private static double share(List<Long> bytes, List<Long> room) {
        double share = 0;
        for (int d = 0; d < bytes.size(); d++) share = Math.max(share, (double) bytes.get(d) / room.get(d));
        return share;
    }
}
