package dev.thirteen.eval;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;

/** Settings of eval-service. */
@ConfigMapping(prefix = "thirteen.eval")
public interface EvalConfig {
    /** Answers asked for at once, over all evaluations; more than the rows of a batch, so that none stands empty. */
    @WithDefault("384")
    @Min(1)
    @Max(8192)
    int requestsInFlight();

    /** Answers to one problem that one request asks for; they share the prompt's keys and values. */
    @WithDefault("8")
    @Min(1)
    @Max(64)
    int samplesPerRequest();

    /** How often a followed run is looked at. */
    @WithDefault("2s")
    Duration followInterval();

    /** Largest number of answers of one evaluation. */
    @WithDefault("1000000")
    @Min(1)
    @Max(100000000)
    long maxAnswers();

    /** How long one answer may take, the wait for a row included: on a slow processor all of them wait for one another. */
    @WithDefault("1h")
    Duration answerDeadline();

    /** Answers that reward-service judges at once: programs, and rewards of several terms. */
    @WithDefault("8")
    @Min(1)
    @Max(1024)
    int judgementsInFlight();

    /** How long one such judgement may take, the wait for others included. */
    @WithDefault("5m")
    Duration judgementDeadline();

    /** How long an answer or a record is tried again while another service or the broker is away. */
    @WithDefault("2h")
    Duration retryFor();

    /** How often the figures of an evaluation in work are recorded, for the other pods. */
    @WithDefault("2s")
    Duration recordInterval();

    /** How long a pod that was killed is waited for before others go on with its evaluations. */
    @WithDefault("10s")
    Duration podSession();

    /** Shortest time between two messages of WatchEvaluation. */
    @WithDefault("250ms")
    Duration progressInterval();
}
