package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CallCountsTest {
    private static final String TOKENS = "thirteen.generation.v1.GenerationService/StreamGenerate";
    private static final String BLOBS = "thirteen.training.v1.TrainingService/GetBlob";

    /** As services show it: other meters beside it, and on a line the trace of its newest call. */
    private static final String METRICS = """
            # HELP grpc_server_requests_received_messages_total The total number of requests received
            # TYPE grpc_server_requests_received_messages_total counter
            grpc_server_requests_received_messages_total{method="StreamGenerate",methodType="SERVER_STREAMING",\
            service="thirteen.generation.v1.GenerationService"} 7.0 # {span_id="4df1ef89",trace_id="7e7a904c"} 1.0 1795906931.824
            grpc_server_requests_received_messages_total{method="GetBlob",methodType="SERVER_STREAMING",\
            service="thirteen.training.v1.TrainingService"} 1.0
            grpc_server_responses_sent_messages_total{method="GetBlob",methodType="SERVER_STREAMING",\
            service="thirteen.training.v1.TrainingService"} 3.0
            """;

    @Test
    void callsAreReadByMethodFromTheTextOfMetrics() {
        assertThat(CallCounts.parse(METRICS).calls()).isEqualTo(Map.of(TOKENS, 7L, BLOBS, 1L));
    }

    @Test
    void whatCameBeforeIsNotCounted() {
        CallCounts before = CallCounts.parse(METRICS);
        CallCounts after = new CallCounts(Map.of(TOKENS, 20L, BLOBS, 1L, "thirteen.policy.v1.AdapterService/Get", 2L));

        CallCounts between = after.since(before);

        assertThat(between.of(TOKENS)).isEqualTo(13);
        assertThat(between.but(TOKENS)).isEqualTo(2);
    }
}
