package dev.thirteen.cli.report;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/**
 * Writes a flat table without nulls as Parquet: plain values, a gzip page for each column and group of rows. Of the format
 * (https://parquet.apache.org/docs/file-format/) a writer needs no more; the libraries that write it bring Hadoop along.
 */
public final class ParquetTable implements AutoCloseable {
    /** Type of a column; the ids are those of the format. */
    public enum Type {
        BOOLEAN(0),
        INT(1),
        LONG(2),
        DOUBLE(5),
        TEXT(6);

        private final int id;

        Type(int id) {
            this.id = id;
        }
    }

    /** A column. */
    public record Column(String name, Type type) {}

    private record Chunk(Column column, long offset, int rows, int plainBytes, int packedBytes) {}

    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int ROWS_A_GROUP = 10_000;
    private static final int PLAIN = 0;
    private static final int RLE = 3;
    private static final int GZIP = 2;

    private final OutputStream out;
    private final List<Column> columns;
    private final List<List<Object>> values; // [column][row of the open group]
    private final List<List<Chunk>> groups = new ArrayList<>();
    private long position;
    private long rows;

    /** Opens the file; {@link #close} makes it whole. */
    public ParquetTable(Path file, List<Column> columns) throws IOException {
        this.out = new BufferedOutputStream(Files.newOutputStream(file));
        this.columns = List.copyOf(columns);
        this.values = columns.stream().<List<Object>>map(_ -> new ArrayList<>()).toList();
        write(MAGIC);
    }

    /** Adds a row: a value for each column, of its type. */
    public void row(Object... row) throws IOException {
        for (int i = 0; i < columns.size(); i++) values.get(i).add(row[i]);
        rows++;
        if (values.getFirst().size() == ROWS_A_GROUP) endGroup();
    }

    private void endGroup() throws IOException {
        if (values.getFirst().isEmpty()) return;
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            chunks.add(chunk(columns.get(i), values.get(i)));
            values.get(i).clear();
        }
        groups.add(chunks);
    }

    private Chunk chunk(Column column, List<Object> own) throws IOException {
        long offset = position;
        byte[] plain = plain(column.type(), own);
        byte[] packed = packed(plain);
        byte[] header = CompactThrift.struct(page -> page.i32(1, 0)
                .i32(2, plain.length)
                .i32(3, packed.length)
                .struct(
                        5,
                        data -> data.i32(1, own.size())
                                .i32(2, PLAIN)
                                .i32(3, RLE)
                                .i32(4, RLE)));
        write(header);
        write(packed);
        return new Chunk(column, offset, own.size(), header.length + plain.length, header.length + packed.length);
    }

    private static byte[] plain(Type type, List<Object> values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case BOOLEAN -> bytes.writeBytes(bits(values));
            case INT ->
                values.forEach(
                        value -> bytes.write(number.putInt(0, (int) value).array(), 0, Integer.BYTES));
            case LONG ->
                values.forEach(value ->
                        bytes.writeBytes(number.putLong(0, (long) value).array()));
            case DOUBLE ->
                values.forEach(value ->
                        bytes.writeBytes(number.putDouble(0, (double) value).array()));
            case TEXT ->
                values.forEach(value -> {
                    byte[] utf8 = ((String) value).getBytes(StandardCharsets.UTF_8);
                    bytes.write(number.putInt(0, utf8.length).array(), 0, Integer.BYTES);
                    bytes.writeBytes(utf8);
                });
        }
        return bytes.toByteArray();
    }

    private static byte[] bits(List<Object> values) {
        byte[] bits = new byte[(values.size() + 7) / 8];
        for (int i = 0; i < values.size(); i++) {
            if ((boolean) values.get(i)) bits[i / 8] |= (byte) (1 << i % 8);
        }
        return bits;
    }

    private static byte[] packed(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(plain);
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() throws IOException {
        try (out) {
            endGroup();
            byte[] footer = CompactThrift.struct(this::footer);
            write(footer);
            write(ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(footer.length)
                    .array());
            write(MAGIC);
        }
    }

    private void footer(CompactThrift file) {
        List<Consumer<CompactThrift>> schema = new ArrayList<>();
        schema.add(root -> root.text(4, "rows").i32(5, columns.size()));
        for (Column column : columns) schema.add(element -> element(element, column));
        List<Consumer<CompactThrift>> all = new ArrayList<>();
        for (List<Chunk> group : groups) all.add(wire -> group(wire, group));
        file.i32(1, 1).structs(2, schema).i64(3, rows).structs(4, all).text(6, "thirteen");
    }

    private static void element(CompactThrift element, Column column) {
        element.i32(1, column.type().id).i32(3, 0).text(4, column.name());
        // UTF8 of old, STRING of new.
        if (column.type() == Type.TEXT) element.i32(6, 0).struct(10, logical -> logical.struct(1, _ -> {}));
    }

    private static void group(CompactThrift group, List<Chunk> chunks) {
        List<Consumer<CompactThrift>> columns = new ArrayList<>();
        for (Chunk chunk : chunks) {
            columns.add(wire -> wire.i64(2, chunk.offset()).struct(3, data -> metadata(data, chunk)));
        }
        long size = chunks.stream().mapToLong(Chunk::plainBytes).sum();
        group.structs(1, columns).i64(2, size).i64(3, chunks.getFirst().rows());
    }

    private static void metadata(CompactThrift data, Chunk chunk) {
        data.i32(1, chunk.column().type().id)
                .i32s(2, List.of(PLAIN))
                .texts(3, List.of(chunk.column().name()))
                .i32(4, GZIP)
                .i64(5, chunk.rows())
                .i64(6, chunk.plainBytes())
                .i64(7, chunk.packedBytes())
                .i64(9, chunk.offset());
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        position += bytes.length;
    }
}
