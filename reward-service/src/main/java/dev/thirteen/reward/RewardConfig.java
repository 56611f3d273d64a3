package dev.thirteen.reward;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
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

    /** Processes of symbolic algebra at most, 384 MiB each; they start when a comparison needs one. */
    @WithDefault("1")
    @Min(1)
    @Max(64)
    int symbolicProcesses();

    /** Work that one comparison of mathematics may take, as time of a core; more is the verdict TIMED_OUT. */
    @WithDefault("1s")
    @DurationMin(millis = 10)
    @DurationMax(minutes = 1)
    Duration comparisonLimit();

    /** How long a shutdown waits for rollouts in work before it gives them back. */
    @WithDefault("10s")
    Duration shutdownGrace();
}
