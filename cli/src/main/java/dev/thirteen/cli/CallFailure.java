package dev.thirteen.cli;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import dev.thirteen.core.failure.Failure;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what went wrong into one sentence and an exit code. */
final class CallFailure {
    /** All went well. */
    static final int OK = 0;
    /** It was tried, and failed. */
    static final int FAILED = 1;
    /** The command line, a file or a value is wrong. */
    static final int INVALID = 2;
    /** What was named does not exist. */
    static final int NOT_FOUND = 3;
    /** No service answers. */
    static final int UNREACHABLE = 4;

    /** Trailer in which {@link Services} notes who was called. */
    static final Metadata.Key<String> SERVICE =
            Metadata.Key.of("thirteen-cli-service", Metadata.ASCII_STRING_MARSHALLER);

    private CallFailure() {}

    static int exitCode(Throwable thrown) {
        return switch (thrown) {
            case Unreachable _ -> UNREACHABLE;
            case StatusRuntimeException call -> exitCode(call);
            case Failure failure ->
                switch (failure.kind()) {
                    case CALLER -> INVALID;
                    case NOT_FOUND -> NOT_FOUND;
                    case UNKNOWN_CALLER, FORBIDDEN, EXISTS, CONFLICT, CAPACITY, LATE, OUTSIDE, BUG -> FAILED;
                };
            default -> FAILED;
        };
    }

    private static int exitCode(StatusRuntimeException call) {
        return switch (call.getStatus().getCode()) {
            case INVALID_ARGUMENT, OUT_OF_RANGE -> INVALID;
            case NOT_FOUND -> NOT_FOUND;
            case UNAVAILABLE -> unconnected(call) ? UNREACHABLE : FAILED;
            default -> FAILED;
        };
    }

    static String sentence(Throwable thrown) {
        return switch (thrown) {
            case StatusRuntimeException call -> sentence(call);
            case Failure failure -> String.valueOf(failure.getMessage());
            case Unreachable unreachable -> String.valueOf(unreachable.getMessage());
            default -> "unexpected failure: " + thrown + " (--verbose shows where)";
        };
    }

    private static String sentence(StatusRuntimeException call) {
        String service = service(call);
        String given = call.getStatus().getDescription();
        String said = given == null ? service + " failed (" + call.getStatus().getCode() + ")" : given;
        return switch (call.getStatus().getCode()) {
            case UNAVAILABLE -> unconnected(call) ? service + " does not answer (start it with: make up)" : said;
            case DEADLINE_EXCEEDED -> service + " did not answer in time";
            case CANCELLED -> "cancelled";
            case UNIMPLEMENTED -> service + " does not know this call; is it of this version?";
            case INVALID_ARGUMENT -> said + hint(call);
            default -> said;
        };
    }

    /** Options have other names than the fields that they set. */
    private static String hint(StatusRuntimeException call) {
        boolean base = fields(call).stream().anyMatch(field -> field.path().equals("policy.base-model"));
        return base ? " (say --adapter RUN@STEP or --base FOLDER)" : "";
    }

    /** Every bad field that the server named, by its path in run files; empty when it named none. */
    static List<Failure.FieldProblem> fields(StatusRuntimeException call) {
        com.google.rpc.Status status = StatusProto.fromThrowable(call);
        List<Failure.FieldProblem> fields = new ArrayList<>();
        if (status == null) return fields;
        for (Any detail : status.getDetailsList()) {
            if (!detail.is(BadRequest.class)) continue;
            try {
                for (BadRequest.FieldViolation field :
                        detail.unpack(BadRequest.class).getFieldViolationsList()) {
                    fields.add(new Failure.FieldProblem(field.getField(), field.getDescription()));
                }
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException("the server's error details are damaged", e);
            }
        }
        return fields;
    }

    /** Whether the transport failed, rather than the service saying so itself. */
    private static boolean unconnected(StatusRuntimeException call) {
        return call.getStatus().getCause() != null;
    }

    private static String service(StatusRuntimeException call) {
        @Nullable Metadata trailers = call.getTrailers();
        String named = trailers == null ? null : trailers.get(SERVICE);
        return named == null ? "the service" : named;
    }
}
