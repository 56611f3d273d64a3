package dev.thirteen.kit;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.quota.Allowance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What tenants have used of what they may use, in this process. Shared by threads. */
@Singleton
public class Quotas {
    private final QuotaSettings settings;
    private final InstantSource clock;
    private final Map<String, Allowance> requests = new HashMap<>();
    private final Map<String, Allowance> tokens = new HashMap<>();

    @Inject
    public Quotas(QuotaSettings settings) {
        this(settings, InstantSource.system());
    }

    /** For tests. */
    public Quotas(QuotaSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Tokens that were taken for a call. */
    public interface Spending {
        /** Gives back what was not used; once. */
        void settle(long used);
    }

    /** Counts a call. @throws Failure CAPACITY, with the time after which it would be taken */
    void request(Caller caller) {
        take(requests, caller, quota(caller).requestsPerMinute(), 1, "requests");
    }

    /**
     * Takes tokens for a call.
     *
     * @param most as many as it can use; what is more than a minute's is owed
     * @throws Failure CAPACITY, with the time after which they could be taken
     */
    public Spending spend(Caller caller, long most) {
        take(tokens, caller, quota(caller).tokensPerMinute(), most, "tokens");
        return new Spending() {
            private boolean settled;

            @Override
            public void settle(long used) {
                synchronized (tokens) {
                    if (!settled && used < most) {
                        Optional.ofNullable(tokens.get(caller.tenant())).ifPresent(own -> own.giveBack(most - used));
                    }
                    settled = true;
                }
            }
        };
    }

    /** Part of a queue that the caller's tenant may fill, above 0 to 1. */
    public double queueShare(Caller caller) {
        return caller.admin() ? 1 : quota(caller).queueShare();
    }

    /**
     * Refuses a run that asks for too many groups.
     *
     * @param inFlight groups of its live runs, the new one among them
     * @throws Failure CAPACITY
     */
    public void requireGroups(Caller caller, long inFlight) {
        long most = quota(caller).groupsInFlight();
        if (caller.admin() || most == 0 || inFlight <= most) return;
        throw exceeded(
                caller,
                "%d groups would be in flight, at most %d may (thirteen.quotas: groups-in-flight)"
                        .formatted(inFlight, most),
                Duration.ofMinutes(1));
    }

    private void take(Map<String, Allowance> used, Caller caller, long perMinute, long units, String what) {
        if (caller.admin() || perMinute == 0) return;
        Optional<Duration> wait;
        synchronized (used) {
            wait = used.computeIfAbsent(caller.tenant(), _ -> new Allowance(perMinute, clock.instant()))
                    .take(units, clock.instant());
        }
        if (wait.isEmpty()) return;
        throw exceeded(
                caller, "it has used its %d %s a minute (thirteen.quotas)".formatted(perMinute, what), wait.get());
    }

    private static Failure exceeded(Caller caller, String why, Duration again) {
        String tenant = caller.tenant().isEmpty() ? "who has no tenant" : "tenant '" + caller.tenant() + "'";
        return new Failure(Failure.Kind.CAPACITY, tenant + ": " + why)
                .because(Failure.Reason.QUOTA_EXCEEDED)
                .after(again);
    }

    private QuotaSettings.Quota quota(Caller caller) {
        return settings.tenants().getOrDefault(caller.tenant(), settings.others());
    }
}
