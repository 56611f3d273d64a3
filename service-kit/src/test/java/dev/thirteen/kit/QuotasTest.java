package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import com.google.rpc.RetryInfo;
import dev.thirteen.core.failure.Failure;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuotasTest {
    private static final Caller ACME = new Caller("ann", Caller.Role.INFER, "acme");
    private static final Caller GLOBEX = new Caller("gus", Caller.Role.TRAIN, "globex");
    private static final Caller BOSS = new Caller("boss", Caller.Role.ADMIN, "acme");

    private Instant now = Instant.EPOCH;
    private final Quotas quotas = new Quotas(
            Settings.of(
                    QuotaSettings.class,
                    Map.of(
                            "thirteen.quotas.others.requests-per-minute", "2",
                            "thirteen.quotas.tenants.acme.tokens-per-minute", "600",
                            "thirteen.quotas.tenants.acme.queue-share", "0.25",
                            "thirteen.quotas.tenants.globex.requests-per-minute", "30",
                            "thirteen.quotas.tenants.globex.groups-in-flight", "64")),
            () -> now);

    @Test
    void callsAreCountedByTenant() {
        for (int i = 0; i < 30; i++) quotas.request(GLOBEX);
        Failure refused = refused(() -> quotas.request(new Caller("gil", Caller.Role.INFER, "globex")));
        assertThat(refused).hasMessage("tenant 'globex': it has used its 30 requests a minute (thirteen.quotas)");
        assertThat(refused.again()).contains(Duration.ofSeconds(2));
        for (int i = 0; i < 1000; i++) quotas.request(ACME);
        for (int i = 0; i < 1000; i++) quotas.request(BOSS);
        now = now.plusSeconds(2);
        quotas.request(GLOBEX);
    }

    @Test
    void whoIsNotNamedHasTheQuotaOfTheOthersForItself() {
        for (String tenant : new String[] {"", "initech"}) {
            Caller caller = new Caller("x", Caller.Role.INFER, tenant);
            quotas.request(caller);
            quotas.request(caller);
            assertThat(refused(() -> quotas.request(caller)).again()).contains(Duration.ofSeconds(30));
        }
    }

    @Test
    void tokensThatWereNotDrawnComeBackOnce() {
        Quotas.Spending spending = quotas.spend(ACME, 600);
        assertThat(refused(() -> quotas.spend(ACME, 100)).again()).contains(Duration.ofSeconds(10));
        spending.settle(450);
        spending.settle(0);
        quotas.spend(ACME, 150);
        assertThat(refused(() -> quotas.spend(ACME, 1)).again()).contains(Duration.ofMillis(100));
        quotas.spend(GLOBEX, 1_000_000);
    }

    @Test
    void partsOfTheQueueAndGroupsInFlight() {
        assertThat(quotas.queueShare(ACME)).isEqualTo(0.25);
        assertThat(quotas.queueShare(BOSS)).isEqualTo(1);
        quotas.requireGroups(GLOBEX, 64);
        quotas.requireGroups(ACME, 1000);
        assertThat(refused(() -> quotas.requireGroups(GLOBEX, 65)))
                .hasMessage("tenant 'globex': 65 groups would be in flight, at most 64 may"
                        + " (thirteen.quotas: groups-in-flight)");
    }

    @Test
    void aClientIsToldWhenToComeAgain() throws Exception {
        quotas.spend(ACME, 600);
        StatusRuntimeException status = FailureStatus.of(refused(() -> quotas.spend(ACME, 15)));
        var details = StatusProto.fromThrowable(status);
        assertThat(status.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.RESOURCE_EXHAUSTED);
        RetryInfo retry = details.getDetailsList().stream()
                .filter(detail -> detail.is(RetryInfo.class))
                .findFirst()
                .orElseThrow()
                .unpack(RetryInfo.class);
        assertThat(Durations.toMillis(retry.getRetryDelay())).isEqualTo(1500);
        assertThat(details.toString()).contains("QUOTA_EXCEEDED");
    }

    private static Failure refused(Runnable call) {
        try {
            call.run();
        } catch (Failure failure) {
            assertThat(failure.kind()).isEqualTo(Failure.Kind.CAPACITY);
            return failure;
        }
        throw new AssertionError("it is not refused");
    }
}
