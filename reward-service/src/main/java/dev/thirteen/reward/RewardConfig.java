package dev.thirteen.reward;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Settings of reward-service. */
@ConfigMapping(prefix = "thirteen.reward")
public interface RewardConfig {
    /** Rollouts taken at once; each has a share consumer of its own. */
    @WithDefault("4")
    @Min(1)
    @Max(512)
    int rolloutsInFlight();

    /** Largest number of completions of one Score call. */
    @WithDefault("4096")
    @Min(1)
    @Max(65536)
    int maxCompletions();

    /** How long the broker waits for a sign of life of a rollout in work; the broker bounds it to 15 to 60 s. */
    @WithDefault("15s")
    Duration recordLock();

    /** How long a rollout is tried again when something of ours fails, before it is parked in dead-letters. */
    @WithDefault("1m")
    Duration retryFor();

    /** Processes of symbolic algebra at most, 384 MiB each (256 of heap); they start when a comparison needs one. */
    @WithDefault("1")
    @Min(1)
    @Max(64)
    int symbolicProcesses();

    /** Work that one comparison of mathematics may take, as time of a core; more is the verdict TIMED_OUT. */
    @WithDefault("1s")
    @DurationMin(millis = 10)
    @DurationMax(minutes = 1)
    Duration comparisonLimit();

    /** Where programs of code rewards run. */
    enum Code {
        /** Nowhere: code rewards are refused. */
        OFF,
        /** In processes of this service that gave up their rights; refused where the platform cannot. */
        CONFINED,
        /** In processes with the rights of this service: for programs that one trusts. */
        UNCONFINED,
        /** In the sandbox at {@link #sandbox}. */
        REMOTE
    }

    /** Where programs of code rewards run: off, confined, unconfined or remote. */
    @WithDefault("confined")
    Code code();

    /** Path of Python, 3.8 or later; without it /usr/bin/python3 or /usr/local/bin/python3. */
    Optional<String> python();

    /** HOST:PORT of a sandbox, for code: remote. */
    Optional<String> sandbox();

    /** Programs that run here at once. */
    @WithDefault("2")
    @Min(1)
    @Max(256)
    int programs();

    /** How long a shutdown waits for rollouts in work before it gives them back. */
    @WithDefault("10s")
    Duration shutdownGrace();
}
