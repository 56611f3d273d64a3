package dev.thirteen.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.failure.Failure.FieldProblem;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SamplingParametersTest {
    @Test
    void filtersAndChangesOfLogitsAreFilters() {
        assertThat(new SamplingParameters(0.7f, 1, 0, 16, 1).filtered()).isFalse();
        assertThat(new SamplingParameters(1, 0.9f, 0, 16, 1).filtered()).isTrue();
        assertThat(new SamplingParameters(1, 1, 20, 16, 1).filtered()).isTrue();
        assertThat(with(new Filters(1, 0, 0.1f), LogitChanges.NONE).filtered()).isTrue();
        assertThat(with(Filters.OFF, new LogitChanges(1.2f, Map.of())).filtered())
                .isTrue();
        assertThat(with(Filters.OFF, new LogitChanges(1, Map.of(3, 1f))).filtered())
                .isTrue();
    }

    private static SamplingParameters with(Filters filters, LogitChanges changes, String... stop) {
        return new SamplingParameters(1, filters, changes, List.of(stop), 16, 1);
    }

    @Test
    void zeroTemperatureIsGreedy() {
        assertThat(new SamplingParameters(0, 1, 0, 16, 1).greedy()).isTrue();
        assertThat(new SamplingParameters(0.01f, 1, 0, 16, 1).greedy()).isFalse();
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        assertThatThrownBy(() -> new SamplingParameters(Float.NaN, 1, 0, 1, 0)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> new SamplingParameters(1, 0, 0, 1, 0)).hasMessageContaining("sampling.top-p");
        assertThatThrownBy(() -> new SamplingParameters(1, 1, -1, 1, 0)).hasMessageContaining("sampling.top-k");
        assertThatThrownBy(() -> new SamplingParameters(1, 1, 0, 0, 0)).hasMessageContaining("sampling.max-tokens");
        refused("sampling.temperature", () -> new SamplingParameters(1e-38f, 1, 0, 1, 0));
        refused("sampling.temperature", () -> new SamplingParameters(-1e-19f, 1, 0, 1, 0));
        refused("sampling.min-p", () -> new Filters(1, 0, 1.5f));
        refused("sampling.repetition-penalty", () -> new LogitChanges(0, Map.of()));
        refused("sampling.repetition-penalty", () -> new LogitChanges(1e-40f, Map.of()));
        refused("sampling.logit-bias.7", () -> new LogitChanges(1, Map.of(7, 101f)));
    }

    @Test
    void theSmallestDivisorsLeaveLogitsFinite() {
        SamplingParameters sampling = new SamplingParameters(1e-20f, 1, 0, 16, 1);
        LogitChanges changes = new LogitChanges(0.01f, Map.of());

        assertThat(Float.isFinite(1e6f / changes.repetitionPenalty() / sampling.temperature()))
                .isTrue();
    }

    @Test
    void stopStringsAreBounded() {
        String[] many = Collections.nCopies(17, "x").toArray(String[]::new);
        refused("sampling.stop", () -> with(Filters.OFF, LogitChanges.NONE, many));
        refused("sampling.stop.1", () -> with(Filters.OFF, LogitChanges.NONE, "a", ""));
        refused("sampling.stop.0", () -> with(Filters.OFF, LogitChanges.NONE, "x".repeat(257)));
    }

    private static void refused(String path, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER);
            assertThat(failure.fields()).extracting(FieldProblem::path).containsExactly(path);
        });
    }
}
