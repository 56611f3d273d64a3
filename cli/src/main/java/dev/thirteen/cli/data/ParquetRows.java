package dev.thirteen.cli.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqStruct;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Rows of a Parquet file; lists and structures become those of JSON, what JSON has no form for becomes text. */
final class ParquetRows {
    private ParquetRows() {}

    static void read(Path file, RowSink sink) throws IOException {
        try (ParquetFileReader parquet = ParquetFileReader.open(InputFile.of(file));
                RowReader rows = parquet.rowReader()) {
            for (int number = 1; rows.hasNext() && sink.more(); number++) {
                rows.next();
                ObjectNode fields = JsonNodeFactory.instance.objectNode();
                for (int i = 0; i < rows.getFieldCount(); i++) {
                    fields.set(rows.getFieldName(i), node(rows.isNull(i) ? null : rows.getValue(i)));
                }
                sink.row(file, number, fields);
            }
        } catch (IllegalArgumentException | IllegalStateException | UnsupportedOperationException e) {
            throw new Failure(
                    Failure.Kind.CALLER, file + ": is no Parquet that can be read (" + e.getMessage() + ")", e);
        }
    }

    private static JsonNode node(@Nullable Object value) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        return switch (value) {
            case null -> json.nullNode();
            case Boolean flag -> json.booleanNode(flag);
            case Integer number -> json.numberNode(number);
            case Long number -> json.numberNode(number);
            case Float number -> json.numberNode(number);
            case Double number -> json.numberNode(number);
            case BigDecimal number -> json.numberNode(number);
            case PqList list -> list(list);
            case PqStruct struct -> struct(struct);
            default -> json.textNode(value.toString());
        };
    }

    private static ArrayNode list(PqList list) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < list.size(); i++) array.add(node(list.isNull(i) ? null : list.get(i)));
        return array;
    }

    private static ObjectNode struct(PqStruct struct) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < struct.getFieldCount(); i++) {
            String name = struct.getFieldName(i);
            object.set(name, node(struct.isNull(name) ? null : struct.getValue(name)));
        }
        return object;
    }
}
