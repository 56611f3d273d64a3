package dev.thirteen.cli.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rows of text with separators; every value is text, and a value may span lines. */
final class SeparatedRows {
    private SeparatedRows() {}

    static void read(Path file, Reader text, char separator, RowSink sink) throws IOException {
        List<String> names = List.of();
        try (CsvReader<CsvRecord> records = CsvReader.builder()
                .fieldSeparator(separator)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .skipEmptyLines(true)
                .ofCsvRecord(text)) {
            for (CsvRecord found : records) {
                if (!sink.more()) return;
                if (names.isEmpty()) {
                    names = header(file, found, sink);
                } else {
                    row(file, found, names, sink);
                }
            }
        } catch (CsvParseException e) {
            String why = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
            sink.problem(file, 1, "is no text with separators (" + e.getMessage() + ": " + why + ")");
        }
    }

    private static List<String> header(Path file, CsvRecord found, RowSink sink) {
        Set<String> met = new HashSet<>();
        List<String> names = found.getFields().stream()
                // A mark of the byte order is no part of the first name.
                .map(name -> name.replace("\uFEFF", "").strip())
                .toList();
        for (String name : names) {
            if (!met.add(name)) sink.problem(file, 1, "the field '" + name + "' stands twice in the header");
        }
        return names;
    }

    private static void row(Path file, CsvRecord found, List<String> names, RowSink sink) {
        int line = (int) found.getStartingLineNumber();
        if (found.getFieldCount() != names.size()) {
            sink.problem(
                    file,
                    line,
                    "has " + found.getFieldCount() + " values where the header names " + names.size()
                            + " (a value with separators or line breaks needs quotes)");
            return;
        }
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < names.size(); i++) fields.put(names.get(i), found.getField(i));
        sink.row(file, line, fields);
    }
}
