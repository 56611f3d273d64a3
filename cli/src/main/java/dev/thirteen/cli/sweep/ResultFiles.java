package dev.thirteen.cli.sweep;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.thirteen.cli.report.ParquetTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** The rows as CSV and as Parquet, with the same columns; what is not known is empty in the one and NaN in the other. */
final class ResultFiles {
    private record Field(String name, ParquetTable.Type type, Function<SweepRow, Object> value) {}

    private final List<SweepRow> rows;
    private final List<Field> fields;

    ResultFiles(List<SweepRow> rows) {
        this.rows = List.copyOf(rows);
        this.fields = fields(rows.isEmpty() ? Set.of() : rows.getFirst().keys().keySet());
    }

    private static List<Field> fields(Set<String> keys) {
        List<Field> fields = new ArrayList<>();
        fields.add(text("run", SweepRow::run));
        fields.add(text("grids", row -> String.join(" ", row.grids())));
        for (String key : keys) fields.add(text(key, row -> row.keys().getOrDefault(key, "")));
        fields.add(text("phase", SweepRow::phase));
        fields.add(whole("steps", row -> row.training().step()));
        fields.add(whole("trained_numbers", row -> (long) row.size().numbers()));
        fields.add(whole("degrees_of_freedom", row -> row.size().freedom()));
        fields.add(whole("adapter_bytes", row -> (long) row.size().bytes()));
        fields.add(number("last_reward", row -> row.training().reward()));
        fields.add(number("seconds", row -> row.training().seconds()));
        fields.add(text(
                "evaluation", row -> row.found().map(SweepRow.Found::evaluation).orElse("")));
        fields.add(figure("answers", figures -> (double) figures.answers()));
        fields.add(figure("accuracy", SweepRow.Found::accuracy));
        fields.add(figure("standard_error", SweepRow.Found::error));
        fields.add(figure("base_accuracy", SweepRow.Found::base));
        fields.add(figure("difference", figures -> figures.difference().mean()));
        fields.add(figure("difference_low", figures -> figures.difference().low()));
        fields.add(figure("difference_high", figures -> figures.difference().high()));
        fields.add(figure("p", SweepRow.Found::p));
        fields.add(figure("mean_tokens", SweepRow.Found::meanTokens));
        fields.add(figure("truncated", figures -> (double) figures.truncated()));
        return fields;
    }

    private static Field text(String name, Function<SweepRow, Object> value) {
        return new Field(name, ParquetTable.Type.TEXT, value);
    }

    private static Field whole(String name, Function<SweepRow, Object> value) {
        return new Field(name, ParquetTable.Type.LONG, value);
    }

    private static Field number(String name, Function<SweepRow, Object> value) {
        return new Field(name, ParquetTable.Type.DOUBLE, value);
    }

    private static Field figure(String name, Function<SweepRow.Found, Double> value) {
        return number(name, row -> row.found().map(value).orElse(Double.NaN));
    }

    void writeCsv(Path file) throws IOException {
        try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(file)) {
            csv.writeRecord(fields.stream().map(Field::name).toList());
            for (SweepRow row : rows) {
                csv.writeRecord(fields.stream()
                        .map(field -> cell(field.value().apply(row)))
                        .toList());
            }
        }
    }

    /** Six digits tell all that a share of some thousand answers holds. */
    private static String cell(Object value) {
        return switch (value) {
            case Double number when number.isNaN() -> "";
            case Double number
            when number == Math.rint(number) && Math.abs(number) < 1e9 -> Long.toString(number.longValue());
            case Double number -> String.format(Locale.ROOT, "%.6g", number);
            default -> value.toString();
        };
    }

    void writeParquet(Path file) throws IOException {
        List<ParquetTable.Column> columns = fields.stream()
                .map(field -> new ParquetTable.Column(field.name(), field.type()))
                .toList();
        try (ParquetTable table = new ParquetTable(file, columns)) {
            for (SweepRow row : rows) {
                table.row(fields.stream().map(field -> field.value().apply(row)).toArray());
            }
        }
    }
}
