package dev.thirteen.cli.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/** Takes the rows of data files, and what is wrong with those that cannot be read. */
public interface RowSink {
    /**
     * Takes a row.
     *
     * @param line where it begins, from 1; of Parquet the number of the row
     */
    void row(Path file, int line, ObjectNode fields);

    /** Takes note of a row that cannot be read. */
    void problem(Path file, int line, String text);

    /** Whether more rows are wanted. */
    boolean more();
}
