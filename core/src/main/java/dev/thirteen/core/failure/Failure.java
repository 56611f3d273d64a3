package dev.thirteen.core.failure;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What went wrong, classified once by whose problem it is. The message says what, where and what to do. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Whose problem it is; the edge maps it to a status. */
    public enum Kind {
        /** The input is wrong: a file, a field, a shape, a value. */
        CALLER,
        /** Nobody knows who calls. */
        UNKNOWN_CALLER,
        /** Who calls is known, and may not do this. */
        FORBIDDEN,
        /** What was named does not exist. */
        NOT_FOUND,
        /** What was to be made exists already. */
        EXISTS,
        /** The input is right, but does not fit the state: a digest that differs, a run that has ended. */
        CONFLICT,
        /** Memory, rows or queue are used up; the same call may go through later. */
        CAPACITY,
        /** The time that was given is over. */
        LATE,
        /** A broker, a disk, a device or another service failed; the same call may go through later. */
        OUTSIDE,
        /** This program is wrong. */
        BUG;

        /** Whether the same call may go through later. */
        public boolean retryable() {
            return this == CAPACITY || this == OUTSIDE;
        }
    }

    /** What exactly went wrong, for programs that decide by it; clients see the names. */
    public enum Reason {
        /** No run and no import here has made the basis. */
        BASIS_UNKNOWN,
        /** Basis, base model and adapter do not belong together. */
        BASIS_MISMATCH,
        /** A value of the adapter is infinite or no number. */
        ADAPTER_NOT_FINITE,
        /** Prompt and completion together are longer than what can be decoded. */
        PROMPT_TOO_LONG,
        /** A chat was asked of a base model that has no chat template. */
        NO_CHAT_TEMPLATE,
        /** The tenant has used up what it may use for now. */
        QUOTA_EXCEEDED,
        /** There is no such run. */
        RUN_UNKNOWN,
        /** The run has no such step. */
        STEP_UNKNOWN
    }

    /**
     * One bad field of the input.
     *
     * @param path dotted path of the field, kebab-case as in run files, for example {@code optimizer.learning-rate}
     */
    public record FieldProblem(String path, String problem) {}

    private final Kind kind;
    private final transient List<FieldProblem> fields;
    private final @Nullable Reason reason;
    private final @Nullable Duration again;

    /** Whether this program is wrong, so that its log wants the stack: a BUG, or what nobody classified. */
    public static boolean isBug(Throwable thrown) {
        return !(thrown instanceof Failure failure) || failure.kind == Kind.BUG;
    }

    public Failure(Kind kind, String message) {
        this(kind, message, null, List.of());
    }

    public Failure(Kind kind, String message, Throwable cause) {
        this(kind, message, cause, List.of());
    }

    public Failure(Kind kind, String message, @Nullable Throwable cause, List<FieldProblem> fields) {
        this(kind, message, cause, fields, null, null);
    }

    private Failure(
            Kind kind,
            @Nullable String message,
            @Nullable Throwable cause,
            List<FieldProblem> fields,
            @Nullable Reason reason,
            @Nullable Duration again) {
        super(message, cause);
        this.kind = kind;
        this.fields = List.copyOf(fields);
        this.reason = reason;
        this.again = again;
    }

    /** This failure with its exact reason. */
    public Failure because(Reason exactly) {
        Failure named = new Failure(kind, getMessage(), getCause(), fields, exactly, again);
        named.setStackTrace(getStackTrace());
        return named;
    }

    /** This failure with the time after which the same call may go through. */
    public Failure after(Duration time) {
        Failure timed = new Failure(kind, getMessage(), getCause(), fields, reason, time);
        timed.setStackTrace(getStackTrace());
        return timed;
    }

    /** When the same call may go through; empty where nobody knows. */
    public Optional<Duration> again() {
        return Optional.ofNullable(again);
    }

    /** Every bad field of the input, in one answer. */
    public static Failure fields(List<FieldProblem> fields) {
        StringBuilder text = new StringBuilder();
        for (FieldProblem field : fields) {
            if (!text.isEmpty()) text.append("; ");
            text.append(field.path()).append(": ").append(field.problem());
        }
        return new Failure(Kind.CALLER, text.toString(), null, fields);
    }

    public Kind kind() {
        return kind;
    }

    /** What exactly went wrong; empty where the kind says enough. */
    public Optional<Reason> reason() {
        return Optional.ofNullable(reason);
    }

    /** Bad fields, empty when the problem is none of a field. */
    public List<FieldProblem> fields() {
        return fields;
    }
}
