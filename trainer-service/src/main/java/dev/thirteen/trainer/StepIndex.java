package dev.thirteen.trainer;

import dev.thirteen.proto.training.v1.StepRecord;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where the steps of all runs lie, and the newest records themselves, as bytes, up to a bound. What followers wait for and
 * what requests of late steps need is among those. Not shared by threads.
 */
final class StepIndex {
    /** Where steps lie, and those of them that are at hand. */
    record Found(List<Long> offsets, Map<Long, byte[]> recent) {}

    private final long mostBytes;
    private final Map<String, RunSteps> runs = new HashMap<>();
    /** By offset, oldest first. */
    private final Map<Long, byte[]> recent = new LinkedHashMap<>();

    private long recentBytes;

    /** @param mostBytes of records that are held, over all runs */
    StepIndex(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    void add(StepRecord step, long offset) {
        runs.computeIfAbsent(step.getPolicyVersion().getRun(), _ -> new RunSteps(step))
                .add(step, offset);
        byte[] bytes = step.toByteArray();
        recent.put(offset, bytes);
        recentBytes += bytes.length;
        for (Iterator<byte[]> oldest = recent.values().iterator(); recentBytes > mostBytes; oldest.remove()) {
            recentBytes -= oldest.next().length;
        }
    }

    /** The oldest steps of a run after which more than {@code committed} are done. */
    Found after(String run, long committed, int most) {
        RunSteps steps = runs.get(run);
        return found(steps == null ? List.of() : steps.after(committed, most));
    }

    /** The step of a run after which {@code committed} are done, or nothing. */
    Found at(String run, long committed) {
        RunSteps steps = runs.get(run);
        return found(steps == null ? List.of() : steps.at(committed));
    }

    private Found found(List<Long> offsets) {
        return new Found(
                offsets,
                offsets.stream().filter(recent::containsKey).collect(Collectors.toMap(offset -> offset, recent::get)));
    }

    /** The blob that is the state after a step, where it is one. */
    Optional<String> stateDigest(String run, long step) {
        return Optional.ofNullable(runs.get(run)).flatMap(steps -> steps.stateDigest(step));
    }

    /** Whether a blob is the state after any step but those of one run up to {@code step}. */
    boolean needsState(String digest, String run, long step) {
        return runs.entrySet().stream()
                .anyMatch(steps ->
                        steps.getValue().hasState(digest, steps.getKey().equals(run) ? step : -1));
    }

    /** Time of one of a run's last steps; 0 before there are two. */
    double secondsAStep(String run) {
        RunSteps steps = runs.get(run);
        return steps == null ? 0 : steps.secondsAStep();
    }
}
