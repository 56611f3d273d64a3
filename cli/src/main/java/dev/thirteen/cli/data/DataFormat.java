package dev.thirteen.cli.data;

import dev.thirteen.core.failure.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** How a file holds its rows. Text may be compressed by gzip ({@code .gz}); it is UTF-8. */
public enum DataFormat {
    /** A JSON object a line. */
    JSON_LINES,
    /** Commas, and the names of the fields in the first line (RFC 4180). */
    CSV,
    /** The same with tabs. */
    TSV,
    /** Apache Parquet. */
    PARQUET;

    /** The format of a file by its name; any other name means JSON Lines. */
    public static DataFormat of(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".gz")) name = name.substring(0, name.length() - ".gz".length());
        if (name.endsWith(".csv")) return CSV;
        if (name.endsWith(".tsv")) return TSV;
        return name.endsWith(".parquet") ? PARQUET : JSON_LINES;
    }

    /**
     * Reads the rows in their order.
     *
     * @throws Failure CALLER when the file is none of its format
     */
    public static void read(Path file, RowSink sink) {
        try {
            switch (of(file)) {
                case JSON_LINES -> {
                    try (BufferedReader text = text(file)) {
                        JsonLineRows.read(file, text, sink);
                    }
                }
                case CSV -> {
                    try (BufferedReader text = text(file)) {
                        SeparatedRows.read(file, text, ',', sink);
                    }
                }
                case TSV -> {
                    try (BufferedReader text = text(file)) {
                        SeparatedRows.read(file, text, '\t', sink);
                    }
                }
                case PARQUET -> ParquetRows.read(file, sink);
            }
        } catch (NoSuchFileException e) {
            throw new Failure(Failure.Kind.CALLER, file + ": there is no such file", e);
        } catch (CharacterCodingException e) {
            throw new Failure(Failure.Kind.CALLER, file + ": is no UTF-8 text", e);
        } catch (UncheckedIOException e) {
            String what = e.getCause() instanceof CharacterCodingException ? "is no UTF-8 text" : unreadable(e);
            throw new Failure(Failure.Kind.CALLER, file + ": " + what, e);
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, file + ": " + unreadable(e), e);
        }
    }

    private static String unreadable(Exception e) {
        return "cannot be read (" + e.getMessage() + ")";
    }

    private static BufferedReader text(Path file) throws IOException {
        InputStream bytes = Files.newInputStream(file);
        boolean packed = file.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
        // A decoder of its own, since that of a charset's name passes over bytes that are no text.
        return new BufferedReader(new InputStreamReader(
                packed ? new GZIPInputStream(bytes) : bytes,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)));
    }
}
