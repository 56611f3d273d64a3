package dev.thirteen.core.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.batch.Admission.Admitted;
import dev.thirteen.core.batch.Admission.Reason;
import dev.thirteen.core.batch.Admission.Refused;
import dev.thirteen.core.batch.Admission.Waiting;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchPlannerTest {
    private static final BatchPlanner PLANNER = new BatchPlanner(new BatchLimits(16, 1000, 2, 600));

    @Test
    void aRequestThatFitsStartsAtOnce() {
        assertThat(PLANNER.arrive(List.of(), List.of(group(1, 8, 496)), group(2, 8, 496)))
                .isEqualTo(new Admitted());
    }

    @Test
    void aRequestThatDoesNotFitNowWaits() {
        assertThat(PLANNER.arrive(List.of(), List.of(group(1, 9, 10)), group(2, 8, 10)))
                .isEqualTo(new Waiting(0));
        assertThat(PLANNER.arrive(List.of(), List.of(group(1, 1, 600)), group(2, 1, 500)))
                .isEqualTo(new Waiting(0));
    }

    @Test
    void everyRowCountsAsTheLongest() {
        assertThat(PLANNER.arrive(List.of(), List.of(group(1, 9, 90)), group(2, 1, 100)))
                .isEqualTo(new Admitted());
        assertThat(PLANNER.arrive(List.of(), List.of(group(1, 10, 100)), group(2, 1, 100)))
                .isEqualTo(new Waiting(0));
    }

    @Test
    void nothingOvertakesTheHeadOfTheQueue() {
        List<BatchRequest> running = List.of(group(1, 10, 100));
        List<BatchRequest> waiting = List.of(group(2, 4, 100), group(3, 8, 100), group(4, 1, 100));

        assertThat(PLANNER.admit(waiting, running)).containsExactly(group(2, 4, 100));
        assertThat(PLANNER.admit(waiting.subList(1, 3), running)).isEmpty();
        assertThat(PLANNER.arrive(waiting.subList(1, 2), running, group(5, 1, 1)))
                .isEqualTo(new Waiting(1));
    }

    @Test
    void theWholeQueueStartsWhenAllOfItFits() {
        List<BatchRequest> waiting = List.of(group(1, 8, 496), group(2, 8, 496));

        assertThat(PLANNER.admit(waiting, List.of())).isEqualTo(waiting);
    }

    @Test
    void aRequestThatNeverFitsIsRefusedForItsSize() {
        assertThat(PLANNER.arrive(List.of(), List.of(), group(1, 17, 10)))
                .isEqualTo(new Refused(Reason.TOO_LARGE, "17 rows, at most 16 run at once"));
        assertThat(PLANNER.arrive(List.of(), List.of(), group(1, 1, 1001)))
                .isEqualTo(new Refused(Reason.TOO_LARGE, "1001 tokens, the cache holds 1000"));
    }

    @Test
    void aFullQueueRefuses() {
        List<BatchRequest> running = List.of(group(1, 16, 10));

        assertThat(PLANNER.arrive(List.of(group(2, 1, 1), group(3, 1, 1)), running, group(4, 1, 1)))
                .isEqualTo(new Refused(Reason.QUEUE_FULL, "2 requests wait, at most 2 may"));
        assertThat(PLANNER.arrive(List.of(group(2, 1, 400)), running, group(4, 1, 201)))
                .isEqualTo(new Refused(Reason.QUEUE_FULL, "601 tokens would wait, at most 600 may"));
    }

    @Test
    void limitsAndRequestsWithoutRoomAreRefused() {
        assertThatThrownBy(() -> new BatchLimits(0, 1, 1, 1)).hasMessageContaining("rows 0");
        assertThatThrownBy(() -> new BatchLimits(1, 1, -1, 1)).hasMessageContaining("queued requests -1");
        assertThatThrownBy(() -> group(1, 0, 1)).hasMessageContaining("rows 0");
    }

    private static BatchRequest group(long id, int rows, long tokens) {
        return new BatchRequest(id, rows, tokens);
    }
}
