package dev.thirteen.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.thirteen.core.failure.Failure;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class FailureStatusTest {
    @Test
    void everyKindHasItsCodeAndItsReason() {
        Map<Failure.Kind, Status.Code> codes = Map.of(
                Failure.Kind.CALLER, Status.Code.INVALID_ARGUMENT,
                Failure.Kind.UNKNOWN_CALLER, Status.Code.UNAUTHENTICATED,
                Failure.Kind.FORBIDDEN, Status.Code.PERMISSION_DENIED,
                Failure.Kind.LATE, Status.Code.DEADLINE_EXCEEDED,
                Failure.Kind.NOT_FOUND, Status.Code.NOT_FOUND,
                Failure.Kind.EXISTS, Status.Code.ALREADY_EXISTS,
                Failure.Kind.CONFLICT, Status.Code.FAILED_PRECONDITION,
                Failure.Kind.CAPACITY, Status.Code.RESOURCE_EXHAUSTED,
                Failure.Kind.OUTSIDE, Status.Code.UNAVAILABLE,
                Failure.Kind.BUG, Status.Code.INTERNAL);
        for (Failure.Kind kind : Failure.Kind.values()) {
            StatusRuntimeException status = FailureStatus.of(new CompletionException(new Failure(kind, "why")));

            assertThat(status.getStatus().getCode()).isEqualTo(codes.get(kind));
            assertThat(status.getStatus().getDescription()).isEqualTo("why");
            ErrorInfo info = detail(status, ErrorInfo.class);
            assertThat(info.getReason()).isEqualTo(kind.name());
            assertThat(info.getDomain()).isEqualTo("thirteen.dev");
            assertThat(details(status, RetryInfo.class)).isEqualTo(kind.retryable());
        }
    }

    @Test
    void aFullHeapIsNamedAsWhatItIs() {
        StatusRuntimeException status = FailureStatus.of(new CompletionException(new OutOfMemoryError("heap space")));

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(status.getStatus().getDescription())
                .startsWith("no memory is left (heap space): the heap of this service has ");
    }

    @Test
    void figuresAreTheSameInEveryCountry() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(FailureStatus.of(new OutOfMemoryError("heap space"))
                            .getStatus()
                            .getDescription())
                    .matches(".* has [0-9]{1,3}(,[0-9]{3})+ bytes");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void anExactReasonIsToldAndComesBackOnTheOtherSide() {
        Failure failure =
                new Failure(Failure.Kind.NOT_FOUND, "there is no run 'x'").because(Failure.Reason.RUN_UNKNOWN);
        StatusRuntimeException status = FailureStatus.of(failure);

        assertThat(detail(status, ErrorInfo.class).getReason()).isEqualTo("RUN_UNKNOWN");
        Failure read = FailureStatus.toFailure("GetAdapter", status);
        assertThat(read.reason()).contains(Failure.Reason.RUN_UNKNOWN);
        assertThat(read).hasMessage("GetAdapter: there is no run 'x'");
        assertThat(FailureStatus.toFailure("GetAdapter", Status.NOT_FOUND.asRuntimeException())
                        .reason())
                .isEmpty();
    }

    @Test
    void badFieldsAreListedByPath() {
        StatusRuntimeException status = FailureStatus.of(Failure.fields(List.of(
                new Failure.FieldProblem("optimizer.learning-rate", "must be above 0"),
                new Failure.FieldProblem("steps", "is not set"))));

        assertThat(detail(status, BadRequest.class).getFieldViolationsList())
                .extracting(BadRequest.FieldViolation::getField, BadRequest.FieldViolation::getDescription)
                .containsExactly(tuple("optimizer.learning-rate", "must be above 0"), tuple("steps", "is not set"));
    }

    @Test
    void anUnknownExceptionTellsTheClientNothingOfOurInside() {
        StatusRuntimeException status = FailureStatus.of(new IllegalStateException("/secret/path"));

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(status.getStatus().getDescription()).doesNotContain("secret");
    }

    @Test
    void anAnswerOfAnotherServiceBecomesTheSameKindAgain() {
        for (Failure.Kind kind : Failure.Kind.values()) {
            Failure back = FailureStatus.toFailure("GetAdapter", FailureStatus.of(new Failure(kind, "why")));

            // A call that we wait for may be late by chance; it is tried again.
            assertThat(back.kind()).isEqualTo(kind == Failure.Kind.LATE ? Failure.Kind.OUTSIDE : kind);
            assertThat(back).hasMessage("GetAdapter: why");
        }
    }

    private static <T extends Message> T detail(StatusRuntimeException status, Class<T> type) {
        return StatusProto.fromThrowable(status).getDetailsList().stream()
                .filter(any -> any.is(type))
                .map(any -> unpack(any, type))
                .findFirst()
                .orElseThrow();
    }

    private static boolean details(StatusRuntimeException status, Class<? extends Message> type) {
        return StatusProto.fromThrowable(status).getDetailsList().stream().anyMatch(any -> any.is(type));
    }

    private static <T extends Message> T unpack(Any any, Class<T> type) {
        try {
            return any.unpack(type);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
