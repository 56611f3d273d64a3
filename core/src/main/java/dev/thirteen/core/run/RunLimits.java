package dev.thirteen.core.run;

/**
 * What the state machine needs to know of a run.
 *
 * @param steps steps to train
 * @param groupsPerStep groups that a step waits for
 * @param maxStaleness steps that a rollout's policy may be behind the step that trains on it (k)
 * @param deterministic whether a deadline asks for the same group again, and a refill asks under the policy of the first
 *     request
 * @param maxAttempts attempts at one group before the run is paused
 */
public record RunLimits(long steps, int groupsPerStep, int maxStaleness, boolean deterministic, int maxAttempts) {
    public RunLimits {
        if (steps < 1 || groupsPerStep < 1 || maxStaleness < 0 || maxAttempts < 1) {
            throw new IllegalArgumentException("steps %d, groups %d, staleness %d, attempts %d"
                    .formatted(steps, groupsPerStep, maxStaleness, maxAttempts));
        }
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
