package dev.thirteen.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DiskSpaceTest {
    private static final long MEGABYTE = 1024 * 1024;

    @Test
    void aDiskWithTooLittleLeftIsRefusedInOneSentence() {
        assertThatThrownBy(new DiskSpace(Path.of("/data"), 20 * MEGABYTE)::requireEnough)
                .isInstanceOf(Failure.class)
                .hasMessage("the disk of /data has 20 MB left, and the system needs 500 MB: free some space");
        assertThatCode(new DiskSpace(Path.of("/data"), 500 * MEGABYTE)::requireEnough)
                .doesNotThrowAnyException();
    }

    @Test
    void aProcessThatEndedOnAFullDiskEndedOfIt() {
        Failure death = new Failure(Failure.Kind.OUTSIDE, "the Kafka broker ended: exit status 1");
        assertThat(new DiskSpace(Path.of("/data"), 2 * MEGABYTE).explain(death))
                .hasMessage("the disk of /data is full, 2 MB are left: free some space"
                        + " (the Kafka broker ended: exit status 1)");
        assertThat(new DiskSpace(Path.of("/data"), 900 * MEGABYTE).explain(death))
                .isSameAs(death);
    }
}
