package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.run.RunSpec;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/** Where a run's state may be kept, by its size. */
@Singleton
class StateRules {
    /** Of values, which are sent and kept as one array. */
    private static final long MOST_VALUE_BYTES = 2_000_000_000;

    private final Models models;
    private final CheckpointVolumes volumes;
    private final TrainerConfig config;

    StateRules(Models models, CheckpointVolumes volumes, TrainerConfig config) {
        this.models = models;
        this.volumes = volumes;
        this.config = config;
    }

    /**
     * Adds what is wrong.
     *
     * @param volume name of the checkpoint volume that the run asks for; empty for none
     * @param spec otherwise valid, on its base too
     */
    void check(List<FieldProblem> problems, String volume, RunSpec spec) {
        if (!volume.isEmpty()) {
            volumes.problem(volume).ifPresent(why -> problems.add(new FieldProblem("checkpoint-volume", why)));
        }
        long numbers = models.size(spec).numbers();
        problem(spec, numbers, volume)
                .ifPresent(why -> problems.add(new FieldProblem(
                        spec.tinyLora().isPresent() ? "adapter.u" : "adapter",
                        "gives %d numbers, whose %s".formatted(numbers, why))));
    }

    /** What is wrong with so many trained numbers; empty where nothing is. */
    Optional<String> problem(RunSpec spec, long numbers, String volume) {
        long values = numbers * spec.valueType().bytes();
        // First: a volume does not help here.
        if (values > MOST_VALUE_BYTES) {
            return Optional.of(
                    "values have %d bytes: at most %d can be sent, choose fewer modules (adapter.target-modules) or a smaller rank"
                            .formatted(values, MOST_VALUE_BYTES));
        }
        long state = numbers * stateBytes(spec);
        return volume.isEmpty() && state > config.maxStateBytes()
                ? Optional.of(
                        "state has %d bytes: Kafka keeps at most %d (thirteen.trainer.max-state-bytes), more needs a checkpoint-volume"
                                .formatted(state, config.maxStateBytes()))
                : Optional.empty();
    }

    /** Of one number: master and moments in fp32, and AdaLoRA's averages. */
    private static long stateBytes(RunSpec spec) {
        return spec.familyLabel().equals("AdaLoRA") ? 20 : 12;
    }
}
