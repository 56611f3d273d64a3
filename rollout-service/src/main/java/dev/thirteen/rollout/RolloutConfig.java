package dev.thirteen.rollout;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Optional;

/** Settings of rollout-service. */
@ConfigMapping(prefix = "thirteen.rollout")
public interface RolloutConfig {
    /**
     * Groups taken from rollout-requests at once; 0 for 8 on a processor, 32 on a GPU. Each has a share consumer of its own,
     * which costs this service and the broker processor time even when there is no work.
     */
    @WithDefault("0")
    @Min(0)
    @Max(512)
    int groupsInFlight();

    /**
     * Tokens that a key-value cache has memory for: rows times the longest of them, and what a change of its shape takes. A
     * base model has one cache for all its requests, and another one of the same size once it has served deterministic work.
     * What does not fit into memory beside the weights is refused before they are loaded. Unset: 131,072, or half of what fits
     * where that is less.
     */
    Optional<@Min(8) @Max(16777216) Integer> maxCacheTokens();

    /** Prompt tokens that are computed between two tokens of running rows; 0 for 512 on a processor, 8192 on a GPU. */
    @WithDefault("0")
    @Min(0)
    @Max(1048576)
    int promptTokensAStep();

    /** Whether prompts take what they begin with from the cache when another of the same policy began alike. */
    @WithDefault("true")
    boolean prefixCache();

    /** gRPC calls that may wait for rows; one above it is refused with RESOURCE_EXHAUSTED. */
    @WithDefault("256")
    @Min(0)
    @Max(65536)
    int maxQueuedRequests();

    /** Tokens that waiting gRPC calls may ask for together; a call above it is refused with RESOURCE_EXHAUSTED. */
    @WithDefault("1048576")
    @Min(0)
    @Max(268435456)
    int maxQueuedTokens();

    /** Largest number of samples of one Generate call. */
    @WithDefault("64")
    @Min(1)
    @Max(4096)
    int maxSamples();

    /** How long a call may wait and draw; then it fails with DEADLINE_EXCEEDED. Groups of runs have no such limit. */
    @WithDefault("10m")
    Duration maxCallTime();

    /**
     * How long who reads a stream may take nothing of it; then its rows are freed and it is ended: UNAVAILABLE in gRPC, and in
     * the OpenAI dialect by closing the connection.
     */
    @WithDefault("30s")
    Duration readerPatience();

    /** Longest prompt of a call, in tokens; what a sequence may hold bounds it too. */
    @WithDefault("131072")
    @Min(1)
    @Max(131072)
    int maxPromptTokens();

    /** Largest body of a call of the OpenAI dialect, below the 10 MB of Quarkus. */
    @WithDefault("8388608")
    @Min(1024)
    @Max(10_000_000)
    int maxBodyBytes();

    /**
     * Bytes of bodies of the OpenAI dialect that are held at once, read and not parsed yet; a body beyond them is refused with
     * 429. A tenant may fill the part of them that its quota names for the queue. In the heap they take up to three times as much.
     */
    @WithDefault("33554432")
    @Min(1024)
    @Max(1073741824)
    int maxHeldBodyBytes();

    /** How long a body of the OpenAI dialect may take to come; one that is not whole then is refused with 408. */
    @WithDefault("30s")
    Duration maxBodyTime();

    /** Largest number of padded tokens in one pass of Score. */
    @WithDefault("4096")
    @Min(64)
    @Max(1048576)
    int scoreBatchTokens();

    /** Score calls that may wait; one above it is refused with RESOURCE_EXHAUSTED. */
    @WithDefault("64")
    @Min(1)
    @Max(4096)
    int maxQueuedScores();

    /** How long the broker waits for a sign of life of a group in work; the broker bounds it to 15 to 60 s. */
    @WithDefault("15s")
    Duration recordLock();

    /** How long a group is tried again when something outside fails, before it is parked in dead-letters. */
    @WithDefault("5m")
    Duration retryFor();

    /** How long a shutdown waits for groups in work before it gives them back, and then for calls before it fails them. */
    @WithDefault("20s")
    Duration shutdownGrace();
}
