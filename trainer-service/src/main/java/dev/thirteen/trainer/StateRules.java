package dev.thirteen.trainer;

import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.run.RunSpec;
import jakarta.inject.Singleton;
import java.util.List;

/** Where a run's state may be kept, by its size. */
@Singleton
class StateRules {
    /** Of one protobuf message, of which no more than 2^31 - 1 bytes can be read. */
    private static final long MOST_ON_VOLUME = 2_000_000_000;

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
        long bytes = numbers * stateBytes(spec);
        boolean onVolume = !volume.isEmpty();
        long most = onVolume ? MOST_ON_VOLUME : config.maxStateBytes();
        if (bytes <= most) return;
        String what = "gives %d numbers, whose state has %d bytes: ".formatted(numbers, bytes);
        String where = onVolume
                ? "a checkpoint volume keeps at most %d".formatted(most)
                : "Kafka keeps at most %d (thirteen.trainer.max-state-bytes), more needs a checkpoint-volume"
                        .formatted(most);
        problems.add(new FieldProblem(spec.tinyLora().isPresent() ? "adapter.u" : "adapter", what + where));
    }

    /** Of one number: master and moments in fp32, and AdaLoRA's averages. */
    private static long stateBytes(RunSpec spec) {
        return spec.familyLabel().equals("AdaLoRA") ? 20 : 12;
    }
}
