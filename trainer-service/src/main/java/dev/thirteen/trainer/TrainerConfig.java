package dev.thirteen.trainer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.time.Duration;
import java.util.Optional;

/** Settings of trainer-service. */
@ConfigMapping(prefix = "thirteen.trainer")
interface TrainerConfig {
    /** What this process does. */
    enum Role {
        /** Owns the runs: there is one such process. */
        TRAINER,
        /** Computes parts of gradients for the trainer; any number of them. */
        GRADIENT
    }

    /** "trainer", or "gradient" for a replica that computes parts of the trainer's gradients. */
    @WithDefault("trainer")
    Role role();

    /** Whether a trainer offers parts of its gradients to replicas; its runs then share no passes with each other. */
    @WithDefault("false")
    boolean spreadGradients();

    /** Identity of the one writer: a process that starts with it fences the one before. */
    @WithDefault("trainer")
    @NotBlank
    String transactionalId();

    /** Consumer group under which the offsets of committed steps are kept. */
    @WithDefault("trainer")
    @NotBlank
    String group();

    /** Attempts at one group before its run is paused. */
    @WithDefault("5")
    @Min(1)
    @Max(100)
    int maxAttempts();

    /** A group not back after this time is asked for again, where the run names no deadline; longer than a busy queue. */
    @WithDefault("30m")
    Duration groupDeadline();

    /** Padded tokens of one forward and backward pass, where the run names none. */
    @WithDefault("4096")
    @Min(16)
    @Max(10_000_000)
    int microBatchTokens();

    /** States of a run's last steps that are kept, of a run whose state is too long for its record: what can be forked. */
    @WithDefault("8")
    @Min(1)
    @Max(100_000)
    int keptStates();

    /** Largest state of a run, in bytes, that Kafka keeps; a run of more must name a checkpoint volume. */
    @WithDefault("268435456")
    @Min(1_048_576)
    @Max(268_435_456)
    long maxStateBytes();

    /** Folder whose folders are the checkpoint volumes that runs may name; without it there are none. */
    Optional<String> checkpointRoot();

    /** Largest file that PutBlob takes. */
    @WithDefault("268435456")
    @Min(1024)
    @Max(2_000_000_000)
    long maxBlobBytes();
}
