package dev.thirteen.cli.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;

/** Every answer as a line of JSON and as a row of Parquet, with the same names. */
final class AnswerFiles implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A column: its name, its type and where its value comes from. */
    private record Field(String name, ParquetTable.Type type, BiFunction<Evaluation, EvaluationAnswer, Object> value) {}

    private static final List<Field> FIELDS = List.of(
            text("evaluation", (e, _) -> e.getId()),
            text("benchmark", (e, _) -> e.getSpec().getBenchmark()),
            text("policy", (_, a) -> a.getLabel()),
            text("prompt", (e, _) -> e.getSpec().getPromptName()),
            new Field("temperature", ParquetTable.Type.DOUBLE, (e, a) ->
                    (double) e.getSpec().getDecodings(a.getDecoding()).getTemperature()),
            text("problem_id", (_, a) -> a.getProblemId()),
            number("sample", EvaluationAnswer::getSample),
            text("question", (_, a) -> a.getQuestion()),
            text("gold", (_, a) -> a.getAnswer()),
            text("text", (_, a) -> a.getText()),
            text("extracted", (_, a) -> a.getExtracted()),
            text("verdict", (_, a) -> verdict(a.getStrict())),
            text("flexible_extracted", (_, a) -> a.getFlexible().getExtracted()),
            text("flexible_verdict", (_, a) -> verdict(a.getFlexible())),
            new Field("correct", ParquetTable.Type.BOOLEAN, (_, a) -> a.getCorrect()),
            text("finish_reason", (_, a) -> lower(a.getFinishReason().name(), "FINISH_REASON_")),
            number("tokens", EvaluationAnswer::getTokens),
            number("prompt_tokens", EvaluationAnswer::getPromptTokens),
            new Field("rouge_l", ParquetTable.Type.DOUBLE, (_, a) -> a.getRougeL()),
            text("base_digest", (_, a) -> a.getProvenance().getBaseDigest()),
            text("adapter_digest", (_, a) -> a.getProvenance().getAdapterDigest()),
            new Field("occurred_unix_nano", ParquetTable.Type.LONG, (_, a) -> a.getOccurredUnixNano()));

    private final BufferedWriter lines;
    private final ParquetTable table;

    AnswerFiles(Path lines, Path table) throws IOException {
        this.lines = Files.newBufferedWriter(lines);
        this.table = new ParquetTable(
                table,
                FIELDS.stream()
                        .map(field -> new ParquetTable.Column(field.name(), field.type()))
                        .toList());
    }

    void add(Evaluation evaluation, EvaluationAnswer answer) throws IOException {
        List<Object> row = new ArrayList<>();
        ObjectNode line = JSON.createObjectNode();
        for (Field field : FIELDS) {
            Object value = field.value().apply(evaluation, answer);
            row.add(value);
            line.putPOJO(field.name(), value);
        }
        lines.write(JSON.writeValueAsString(line));
        lines.newLine();
        table.row(row.toArray());
    }

    static String verdict(dev.thirteen.proto.rollout.v1.Verdict verdict) {
        return lower(verdict.getKind().name(), "VERDICT_KIND_");
    }

    private static String lower(String name, String prefix) {
        return name.replace(prefix, "").toLowerCase(Locale.ROOT);
    }

    private static Field text(String name, BiFunction<Evaluation, EvaluationAnswer, Object> value) {
        return new Field(name, ParquetTable.Type.TEXT, value);
    }

    private static Field number(String name, ToIntFunction<EvaluationAnswer> value) {
        return new Field(name, ParquetTable.Type.INT, (_, answer) -> value.applyAsInt(answer));
    }

    @Override
    public void close() throws IOException {
        try (lines) {
            table.close();
        }
    }
}
