package dev.thirteen.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SampleStreamsTest {
    @Test
    void noTwoSamplesShareAStream() {
        Set<Long> streams = new HashSet<>();
        long[] steps = {0, 1, 2, 63, SampleStreams.MAX_STEPS - 1};
        int[] groups = {0, 1, 255, SampleStreams.MAX_GROUPS - 1};
        int[] attempts = {0, 1, SampleStreams.MAX_ATTEMPTS - 1};
        int[] samples = {0, 1, SampleStreams.MAX_SAMPLES - 1};
        for (long step : steps)
            for (int group : groups)
                for (int attempt : attempts)
                    for (int sample : samples)
                        streams.add(
                                SampleStreams.firstStream(step, group, attempt, SampleStreams.MAX_SAMPLES) + sample);

        assertThat(streams).hasSize(5 * 4 * 3 * 3).allMatch(stream -> stream >= 0);
    }

    @Test
    void aStreamDoesNotDependOnTheSizeOfItsGroup() {
        assertThat(SampleStreams.firstStream(3, 2, 1, 4)).isEqualTo(SampleStreams.firstStream(3, 2, 1, 8));
    }

    @Test
    void coordinatesOutOfRangeAreRefused() {
        assertThatThrownBy(() -> SampleStreams.firstStream(SampleStreams.MAX_STEPS, 0, 0, 1))
                .hasMessageContaining("step");
        assertThatThrownBy(() -> SampleStreams.firstStream(0, -1, 0, 1)).hasMessageContaining("group");
        assertThatThrownBy(() -> SampleStreams.firstStream(0, 0, SampleStreams.MAX_ATTEMPTS, 1))
                .hasMessageContaining("attempt");
        assertThatThrownBy(() -> SampleStreams.firstStream(0, 0, 0, 0)).hasMessageContaining("samples per group");
        assertThatThrownBy(() -> SampleStreams.firstStream(0, 0, 0, SampleStreams.MAX_SAMPLES + 1))
                .hasMessageContaining("samples per group");
    }
}
