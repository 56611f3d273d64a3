package dev.thirteen.trainer;

import dev.thirteen.proto.rollout.v1.ScoredRollout;
import dev.thirteen.proto.training.v1.RunState;
import java.util.List;

/** The rollouts that runs trained on, as long as their topic keeps them. */
interface RecordedRollouts {
    /**
     * The groups that a step of a run was made of, in order.
     *
     * @param run that sampled them
     * @param step counted from 0
     * @param replay record of the run that is to train on them: what does not fit it is refused
     * @throws dev.thirteen.core.failure.Failure CONFLICT when the run has no such step, when a group is not kept any more, or
     *     when it does not fit
     */
    List<ScoredRollout> groups(String run, long step, RunState replay);
}
