package dev.thirteen.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.failure.Failure.FieldProblem;
import dev.thirteen.core.failure.Failure.Kind;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTest {
    @Test
    void onlyFullAndBrokenThingsAreWorthAnotherTry() {
        assertThat(Arrays.stream(Kind.values()).filter(Kind::retryable)).containsExactly(Kind.CAPACITY, Kind.OUTSIDE);
    }

    @Test
    void everyBadFieldStandsInOneMessage() {
        List<FieldProblem> problems =
                List.of(new FieldProblem("adapter.rank", "must be 1 to 256"), new FieldProblem("steps", "is missing"));
        Failure failure = Failure.fields(problems);

        assertThat(failure).hasMessage("adapter.rank: must be 1 to 256; steps: is missing");
        assertThat(failure.kind()).isEqualTo(Kind.CALLER);
        assertThat(failure.fields()).isEqualTo(problems);
    }

    @Test
    void anExactReasonChangesNothingElse() {
        Exception cause = new Exception("gone");
        Failure plain = new Failure(Kind.NOT_FOUND, "there is no run 'x'", cause);
        Failure named = plain.because(Failure.Reason.RUN_UNKNOWN);

        assertThat(plain.reason()).isEmpty();
        assertThat(named.reason()).contains(Failure.Reason.RUN_UNKNOWN);
        assertThat(named).hasMessage("there is no run 'x'").hasCause(cause);
        assertThat(named.kind()).isEqualTo(Kind.NOT_FOUND);
        assertThat(named.getStackTrace()).isEqualTo(plain.getStackTrace());
    }

    @Test
    void theCauseIsKept() {
        Exception cause = new Exception("disk full");

        assertThat(new Failure(Kind.OUTSIDE, "cannot write", cause)).hasCause(cause);
        assertThat(new Failure(Kind.BUG, "impossible").fields()).isEmpty();
    }

    @Test
    void whatNobodyClassifiedIsABug() {
        assertThat(Failure.isBug(new IllegalStateException("x"))).isTrue();
        assertThat(Failure.isBug(new Failure(Failure.Kind.BUG, "x"))).isTrue();
        assertThat(Failure.isBug(new Failure(Failure.Kind.CALLER, "x"))).isFalse();
    }
}
