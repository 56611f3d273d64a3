package dev.thirteen.core.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.batch.Admission.Admitted;
import dev.thirteen.core.batch.Admission.Reason;
import dev.thirteen.core.batch.Admission.Refused;
import dev.thirteen.core.batch.Admission.Waiting;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
    private static final Arrivals ARRIVALS =
            new Arrivals(new BatchPlanner(new BatchLimits(16, 1000, 100, 0, false)), new QueueLimits(2, 600));

    @Test
    void aRequestStartsWhenItFitsAndNobodyIsAhead() {
        assertThat(ARRIVALS.arrive(List.of(), true, request(8, 62))).isEqualTo(new Admitted());
        assertThat(ARRIVALS.arrive(List.of(), false, request(8, 62))).isEqualTo(new Waiting(0));
        assertThat(ARRIVALS.arrive(List.of(request(1, 1)), true, request(1, 1))).isEqualTo(new Waiting(1));
    }

    @Test
    void aRequestThatNeverFitsIsRefusedForItsSize() {
        assertThat(ARRIVALS.arrive(List.of(), true, request(17, 1)))
                .isEqualTo(new Refused(Reason.TOO_LARGE, "17 rows, at most 16 run at once"));
        assertThat(ARRIVALS.arrive(List.of(), true, request(7, 143)))
                .isEqualTo(new Refused(Reason.TOO_LARGE, "7 rows of 143 tokens are 1001 tokens, the cache holds 1000"));
        assertThat(ARRIVALS.arrive(List.of(), true, request(8, 125))).isEqualTo(new Admitted());
    }

    @Test
    void aFullQueueRefuses() {
        assertThat(ARRIVALS.arrive(List.of(request(1, 1), request(1, 1)), false, request(1, 1)))
                .isEqualTo(new Refused(Reason.QUEUE_FULL, "2 requests wait, at most 2 may"));
        assertThat(ARRIVALS.arrive(List.of(request(1, 400)), false, request(1, 201)))
                .isEqualTo(new Refused(Reason.QUEUE_FULL, "601 tokens would wait, at most 600 may"));
    }

    @Test
    void oneTenantHasItsPartOfTheQueueAlone() {
        Arrivals large = new Arrivals(ARRIVALS.planner(), new QueueLimits(8, 800));
        List<BatchRequest> two = List.of(request(1, 100), request(1, 100));
        assertThat(large.part(two, 1, request(1, 600))).isEmpty();
        assertThat(large.part(two, 0.25, request(1, 1)))
                .contains(new Refused(Reason.QUEUE_FULL, "2 requests of its tenant wait, at most 2 may"));
        assertThat(large.part(two, 0.5, request(1, 201)))
                .contains(new Refused(Reason.QUEUE_FULL, "401 tokens of its tenant would wait, at most 400 may"));
        assertThat(large.part(List.of(), 0.01, request(1, 700))).isEmpty();
    }

    @Test
    void limitsAndRequestsWithoutRoomAreRefused() {
        assertThatThrownBy(() -> new BatchLimits(0, 1, 1, 0, false)).hasMessageContaining("rows 0");
        assertThatThrownBy(() -> new QueueLimits(-1, 1)).hasMessageContaining("requests -1");
        assertThatThrownBy(() -> request(0, 1)).hasMessageContaining("rows 0");
    }

    private static BatchRequest request(int rows, long length) {
        return new BatchRequest(rows, length);
    }
}
