package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainerConfigTest {
    @Test
    void defaults() {
        TrainerConfig config = mapped(Map.of());
        assertThat(config.role()).isEqualTo(TrainerConfig.Role.TRAINER);
        assertThat(config.spreadGradients()).isFalse();
        assertThat(config.transactionalId()).isEqualTo("trainer");
        assertThat(config.group()).isEqualTo("trainer");
        assertThat(config.maxAttempts()).isEqualTo(5);
        assertThat(config.groupDeadline()).isEqualTo(Duration.ofMinutes(30));
        assertThat(config.microBatchTokens()).isEqualTo(4096);
        assertThat(config.maxBlobBytes()).isEqualTo(268_435_456);
        assertThat(config.keptStates()).isEqualTo(8);
        assertThat(config.maxStateBytes()).isEqualTo(268_435_456);
        assertThat(config.checkpointRoot()).isEmpty();
    }

    @Test
    void everyKeyMaps() {
        TrainerConfig config = mapped(Map.ofEntries(
                Map.entry("thirteen.trainer.role", "gradient"),
                Map.entry("thirteen.trainer.spread-gradients", "true"),
                Map.entry("thirteen.trainer.transactional-id", "t"),
                Map.entry("thirteen.trainer.group", "g"),
                Map.entry("thirteen.trainer.max-attempts", "2"),
                Map.entry("thirteen.trainer.group-deadline", "5s"),
                Map.entry("thirteen.trainer.micro-batch-tokens", "64"),
                Map.entry("thirteen.trainer.kept-states", "3"),
                Map.entry("thirteen.trainer.max-state-bytes", "1048576"),
                Map.entry("thirteen.trainer.checkpoint-root", "/volumes"),
                Map.entry("thirteen.trainer.max-blob-bytes", "4096")));
        assertThat(config.keptStates()).isEqualTo(3);
        assertThat(config.maxStateBytes()).isEqualTo(1_048_576);
        assertThat(config.checkpointRoot()).contains("/volumes");
        assertThat(config.role()).isEqualTo(TrainerConfig.Role.GRADIENT);
        assertThat(config.spreadGradients()).isTrue();
        assertThat(config.transactionalId()).isEqualTo("t");
        assertThat(config.group()).isEqualTo("g");
        assertThat(config.maxAttempts()).isEqualTo(2);
        assertThat(config.groupDeadline()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.microBatchTokens()).isEqualTo(64);
        assertThat(config.maxBlobBytes()).isEqualTo(4096);
    }

    static TrainerConfig mapped(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(TrainerConfig.class)
                .withConverter(Duration.class, 200, new DurationConverter())
                .withDefaultValues(values)
                .build()
                .getConfigMapping(TrainerConfig.class);
    }
}
