package dev.thirteen.verifier.reward;

import dev.thirteen.core.reward.Completion;
import dev.thirteen.core.reward.Task;
import dev.thirteen.core.reward.TermKind;
import dev.thirteen.core.reward.TermScore;
import java.util.List;

/** The reward of a user's own server. */
public interface ServedVerifier {
    /**
     * One score a completion, in order.
     *
     * @throws dev.thirteen.core.failure.Failure OUTSIDE when there is no answer, or one that is no reward: never a zero
     */
    List<TermScore> verify(TermKind.Service term, Task task, List<Completion> completions);
}
