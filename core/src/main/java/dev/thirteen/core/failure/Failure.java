package dev.thirteen.core.failure;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What went wrong, classified once by whose problem it is. The message says what, where and what to do. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Whose problem it is; the edge maps it to a status. */
    public enum Kind {
        /** The input is wrong: a file, a field, a shape, a value. */
        CALLER,
        /** What was named does not exist. */
        NOT_FOUND,
        /** What was to be made exists already. */
        EXISTS,
        /** The input is right, but does not fit the state: a digest that differs, a run that has ended. */
        CONFLICT,
        /** Memory, rows or queue are used up; the same call may go through later. */
        CAPACITY,
        /** A broker, a disk, a device or another service failed; the same call may go through later. */
        OUTSIDE,
        /** This program is wrong. */
        BUG;

        /** Whether the same call may go through later. */
        public boolean retryable() {
            return this == CAPACITY || this == OUTSIDE;
        }
    }

    /**
     * One bad field of the input.
     *
     * @param path dotted path of the field, kebab-case as in run files, for example {@code optimizer.learning-rate}
     */
    public record FieldProblem(String path, String problem) {}

    private final Kind kind;
    private final transient List<FieldProblem> fields;

    public Failure(Kind kind, String message) {
        this(kind, message, null, List.of());
    }

    public Failure(Kind kind, String message, Throwable cause) {
        this(kind, message, cause, List.of());
    }

    public Failure(Kind kind, String message, @Nullable Throwable cause, List<FieldProblem> fields) {
        super(message, cause);
        this.kind = kind;
        this.fields = List.copyOf(fields);
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

    /** Bad fields, empty when the problem is none of a field. */
    public List<FieldProblem> fields() {
        return fields;
    }
}
