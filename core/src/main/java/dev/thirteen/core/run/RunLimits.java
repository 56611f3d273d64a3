package dev.thirteen.core.run;

/**
 * What the state machine needs to know of a run.
 *
 * @param steps steps to train
 * @param groupsPerStep groups that a step waits for; 0 where nothing is sampled
 * @param maxStaleness steps that a rollout's policy may be behind the step that trains on it (k)
 * @param deterministic whether a deadline asks for the same group again, and a refill asks under the policy of the first
 *     request
 * @param maxAttempts attempts at one group that fail before the run is paused
 * @param maxRefills times that a group without signal is replaced before the run is paused; 0 means that it is trained on
 */
public record RunLimits(
        long steps, int groupsPerStep, int maxStaleness, boolean deterministic, int maxAttempts, int maxRefills) {
    /** Steps in a row that may change nothing; one more pauses the run. */
    static final int MAX_SKIPPED = 2;

    public RunLimits {
        if (steps < 1 || groupsPerStep < 0 || maxStaleness < 0 || maxAttempts < 1 || maxRefills < 0) {
            throw new IllegalArgumentException("steps %d, groups %d, staleness %d, attempts %d"
                    .formatted(steps, groupsPerStep, maxStaleness, maxAttempts));
        }
    }

    /** Of a run that trains on groups without signal too. */
    public RunLimits(long steps, int groupsPerStep, int maxStaleness, boolean deterministic, int maxAttempts) {
        this(steps, groupsPerStep, maxStaleness, deterministic, maxAttempts, 0);
    }

    /** Steps whose requests are out when {@code committed} steps are done: those up to committed + k. */
    public long requestedSteps(long committed) {
        return Math.min(steps, committed + maxStaleness + 1);
    }

    /**
     * Policy version that a request of {@code step} carries. First requests of a step get the same number either way; a
     * refill gets the newest policy, or in deterministic runs the policy of the first request.
     */
    public long policyStep(long step, long committed) {
        return deterministic ? Math.max(0, step - maxStaleness) : committed;
    }
}
