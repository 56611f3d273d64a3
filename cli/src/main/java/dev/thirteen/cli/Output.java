package dev.thirteen.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.io.PrintWriter;

/**
 * Where a command writes.
 *
 * @param out results
 * @param err progress and problems
 * @param terminal whether a person watches out
 */
record Output(PrintWriter out, PrintWriter err, boolean terminal) {
    private static final JsonFormat.Printer JSON =
            JsonFormat.printer().alwaysPrintFieldsWithNoPresence().omittingInsignificantWhitespace();

    /** Prints a message as one line of proto JSON. */
    void json(MessageOrBuilder message) {
        try {
            out.println(JSON.print(message));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a message without Any fields always has a JSON form", e);
        }
        deliver();
    }

    /**
     * Hands over what was printed so far.
     *
     * @throws ClosedException when nobody reads it any more: a writer that prints notes that and goes on
     */
    void deliver() {
        if (out.checkError()) throw new ClosedException();
    }

    /** Nobody reads the results, as behind {@code head}: no failure worth a word, but the end of the work. */
    static final class ClosedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    void text(String text) {
        out.print(text);
        deliver();
    }

    void line(String text) {
        out.println(text);
        deliver();
    }

    void note(String text) {
        err.println(text);
        err.flush();
    }
}
