package dev.thirteen.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RunNameTest {
    @Test
    void aNameMayHaveATenantBeforeADot() {
        assertThat(Stream.of("first", "a", "acme.first", "a-1.b-2")).allMatch(RunName::fits);
        assertThat(Stream.of("", ".", ".first", "acme.", "a.b.c", "Acme.first", "-a", "acme.-a", "a@1", "x".repeat(64)))
                .noneMatch(RunName::fits);
        assertThat(RunName.fits("t".repeat(63) + "." + "x".repeat(63))).isTrue();
        assertThat(RunName.fitsTenant("acme")).isTrue();
        assertThat(RunName.fitsTenant("acme.first")).isFalse();
    }

    @Test
    void theTenantIsReadFromTheName() {
        assertThat(RunName.tenant("acme.first")).isEqualTo("acme");
        assertThat(RunName.tenant("first")).isEmpty();
    }
}
