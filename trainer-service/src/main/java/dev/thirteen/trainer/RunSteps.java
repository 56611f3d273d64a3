package dev.thirteen.trainer;

import dev.thirteen.proto.training.v1.StepRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where the steps of one run lie: 8 bytes a step. The log has no gaps; that of a fork begins later. Not shared by threads. */
final class RunSteps {
    /** Steps whose pace foretells the rest. */
    private static final int PACE_STEPS = 10;

    private final long first;
    private int count;
    private long[] offsets = new long[4];
    /** When the last steps were committed, in turn. */
    private final long[] committedUnixNano = new long[PACE_STEPS + 1];
    /** Digests of states that are blobs, by step. */
    private final Map<Long, String> states = new HashMap<>();

    RunSteps(StepRecord first) {
        this.first = first.getPolicyVersion().getStep();
    }

    /** The next step. */
    void add(StepRecord step, long offset) {
        if (count == offsets.length) offsets = Arrays.copyOf(offsets, count + Math.max(4, count / 4));
        offsets[count] = offset;
        committedUnixNano[count % committedUnixNano.length] = step.getCommittedUnixNano();
        count++;
        String digest = step.getOptimizerDigest();
        if (!digest.isEmpty()) states.put(step.getPolicyVersion().getStep(), digest);
    }

    /** Offsets of the oldest steps after which more than {@code committed} are done. */
    List<Long> after(long committed, int most) {
        int from = Math.clamp(committed + 1 - first, 0, count);
        List<Long> found = new ArrayList<>();
        for (int i = from; i < Math.min(count, from + most); i++) found.add(offsets[i]);
        return found;
    }

    /** Offset of the step after which {@code committed} steps are done; empty when there is none. */
    List<Long> at(long committed) {
        return committed < first || committed >= first + count ? List.of() : after(committed - 1, 1);
    }

    /** The blob that is the state after a step, where it is one. */
    Optional<String> stateDigest(long step) {
        return Optional.ofNullable(states.get(step));
    }

    /** Whether a blob is the state after a step beyond this one. */
    boolean hasState(String digest, long beyond) {
        return states.entrySet().stream()
                .anyMatch(state -> state.getKey() > beyond && state.getValue().equals(digest));
    }

    /** Time of one of the last steps; 0 before there are two. */
    double secondsAStep() {
        int steps = Math.min(count - 1, PACE_STEPS);
        if (steps < 1) return 0;
        int length = committedUnixNano.length;
        long span = committedUnixNano[(count - 1) % length] - committedUnixNano[(count - 1 - steps) % length];
        return span / 1e9 / steps;
    }
}
