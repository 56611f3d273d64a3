package dev.thirteen.kit;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.thirteen.core.failure.Failure;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jboss.logging.Logger;

/** The one mapping between failures and gRPC statuses with {@code google.rpc} details. */
public final class FailureStatus {
    private static final Logger LOG = Logger.getLogger(FailureStatus.class);
    private static final String DOMAIN = "thirteen.dev";
    /** Long enough for a row to become free, short enough that a person does not notice. */
    private static final java.time.Duration SOON = java.time.Duration.ofSeconds(1);

    private FailureStatus() {}

    /** What a client is told; never a stack trace. Statuses pass through; what is unknown is logged and INTERNAL. */
    public static StatusRuntimeException of(Throwable thrown) {
        return switch (unwrapped(thrown)) {
            case StatusRuntimeException status -> status;
            case StatusException status -> new StatusRuntimeException(status.getStatus(), status.getTrailers());
            case Failure failure -> ofFailure(failure);
            case OutOfMemoryError full -> {
                LOG.error("a call found no memory", full);
                yield ofFailure(new Failure(
                        Failure.Kind.CAPACITY,
                        String.format(
                                Locale.ROOT,
                                "no memory is left (%s): the heap of this service has %,d bytes",
                                full.getMessage(),
                                Runtime.getRuntime().maxMemory()),
                        full));
            }
            case Throwable other -> {
                LOG.error("a call failed for an unexpected reason", other);
                yield status(Code.INTERNAL, "BUG", "internal error, see the log of this service")
                        .build();
            }
        };
    }

    /** Ends a call with what its client is told. */
    static void close(ServerCall<?, ?> call, Throwable thrown) {
        StatusRuntimeException status = of(thrown);
        call.close(status.getStatus(), status.getTrailers() == null ? new Metadata() : status.getTrailers());
    }

    /**
     * The failure that a called service answered with.
     *
     * @param what the call, for the message, for example "GetAdapter of trainer-service"
     */
    public static Failure toFailure(String what, StatusRuntimeException answer) {
        Failure.Kind kind = switch (answer.getStatus().getCode()) {
            case INVALID_ARGUMENT, OUT_OF_RANGE -> Failure.Kind.CALLER;
            case NOT_FOUND -> Failure.Kind.NOT_FOUND;
            case ALREADY_EXISTS -> Failure.Kind.EXISTS;
            case FAILED_PRECONDITION, ABORTED -> Failure.Kind.CONFLICT;
            case RESOURCE_EXHAUSTED -> Failure.Kind.CAPACITY;
            case UNAUTHENTICATED -> Failure.Kind.UNKNOWN_CALLER;
            case PERMISSION_DENIED -> Failure.Kind.FORBIDDEN;
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> Failure.Kind.OUTSIDE;
            default -> Failure.Kind.BUG;
        };
        String said = answer.getStatus().getDescription();
        // What gRPC itself says of a call that found no server goes on with a stack trace.
        String line = said == null
                ? answer.getStatus().getCode().name()
                : said.lines().findFirst().orElse("");
        Failure failure = new Failure(kind, what + ": " + line, answer);
        return reason(answer).map(failure::because).orElse(failure);
    }

    private static Optional<Failure.Reason> reason(StatusRuntimeException answer) {
        com.google.rpc.Status status = StatusProto.fromThrowable(answer);
        if (status == null) return Optional.empty();
        try {
            for (Any detail : status.getDetailsList()) {
                if (!detail.is(ErrorInfo.class)) continue;
                String name = detail.unpack(ErrorInfo.class).getReason();
                return Arrays.stream(Failure.Reason.values())
                        .filter(reason -> reason.name().equals(name))
                        .findFirst();
            }
        } catch (InvalidProtocolBufferException e) {
            LOG.debug("an answer's details cannot be read", e);
        }
        return Optional.empty();
    }

    private static StatusRuntimeException ofFailure(Failure failure) {
        if (failure.kind() == Failure.Kind.BUG) LOG.error("a call met a bug", failure);
        String reason = failure.reason().map(Enum::name).orElse(failure.kind().name());
        Details details = status(code(failure.kind()), reason, String.valueOf(failure.getMessage()));
        if (!failure.fields().isEmpty()) {
            BadRequest.Builder bad = BadRequest.newBuilder();
            for (Failure.FieldProblem field : failure.fields()) {
                bad.addFieldViolationsBuilder().setField(field.path()).setDescription(field.problem());
            }
            details.add(Any.pack(bad.build()));
        }
        if (failure.kind().retryable()) {
            java.time.Duration again = failure.again().orElse(SOON);
            details.add(Any.pack(RetryInfo.newBuilder()
                    .setRetryDelay(
                            Duration.newBuilder().setSeconds(again.getSeconds()).setNanos(again.getNano()))
                    .build()));
        }
        return details.build();
    }

    private static Code code(Failure.Kind kind) {
        return switch (kind) {
            case CALLER -> Code.INVALID_ARGUMENT;
            case UNKNOWN_CALLER -> Code.UNAUTHENTICATED;
            case FORBIDDEN -> Code.PERMISSION_DENIED;
            case LATE -> Code.DEADLINE_EXCEEDED;
            case NOT_FOUND -> Code.NOT_FOUND;
            case EXISTS -> Code.ALREADY_EXISTS;
            case CONFLICT -> Code.FAILED_PRECONDITION;
            case CAPACITY -> Code.RESOURCE_EXHAUSTED;
            case OUTSIDE -> Code.UNAVAILABLE;
            case BUG -> Code.INTERNAL;
        };
    }

    private static Details status(Code code, String reason, String message) {
        com.google.rpc.Status.Builder status =
                com.google.rpc.Status.newBuilder().setCode(code.getNumber()).setMessage(message);
        ErrorInfo info =
                ErrorInfo.newBuilder().setReason(reason).setDomain(DOMAIN).build();
        return new Details(status).add(Any.pack(info));
    }

    private static Throwable unwrapped(Throwable thrown) {
        Throwable inner = thrown;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    private record Details(com.google.rpc.Status.Builder status) {
        Details add(Any detail) {
            status.addDetails(detail);
            return this;
        }

        StatusRuntimeException build() {
            return StatusProto.toStatusRuntimeException(status.build());
        }
    }
}
