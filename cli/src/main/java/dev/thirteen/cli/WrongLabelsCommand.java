package dev.thirteen.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.cli.data.DataFormat;
import dev.thirteen.cli.data.RowSink;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.core.reward.WrongAnswers;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen data wrong-labels}: the problems of an evaluation with the base's most frequent wrong answer to each. */
@Command(
        name = "wrong-labels",
        description =
                "Write the problems of an evaluation with the most frequent wrong answer of the base to each, for a run"
                        + " with a reward of type wrong-label. Problems without one are left out. Needs no running system.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen eval run --data-set train.jsonl --samples 16 --report base/",
            "  bin/thirteen data wrong-labels base/answers.jsonl --to wrong.jsonl"
        })
final class WrongLabelsCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(paramLabel = "ANSWERS", description = "answers.jsonl of an evaluation's report.")
    private Path answers = Path.of("");

    @Option(names = "--to", required = true, paramLabel = "FILE", description = "What is written: JSON Lines.")
    private Path target = Path.of("");

    @Option(
            names = "--policy",
            defaultValue = "base",
            paramLabel = "LABEL",
            description = "Row of the evaluation whose answers count. Default: ${DEFAULT-VALUE}.")
    private String policy = "";

    private final Session session;
    private final Map<String, Asked> problems = new LinkedHashMap<>();

    private record Asked(String question, String answer, WrongAnswers wrong) {}

    WrongLabelsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        DataFormat.read(answers, new Answers());
        if (problems.isEmpty()) {
            throw new Failure(Failure.Kind.CALLER, answers + ": has no answer of the policy '" + policy + "'");
        }
        int written = write();
        session.output().line("data: %d of %d problems have a wrong answer".formatted(written, problems.size()));
        return CallFailure.OK;
    }

    private int write() {
        int written = 0;
        try (BufferedWriter out = Files.newBufferedWriter(target)) {
            for (Map.Entry<String, Asked> problem : problems.entrySet()) {
                Asked asked = problem.getValue();
                Optional<String> wrong = asked.wrong().mostFrequent();
                if (wrong.isEmpty()) continue;
                ObjectNode line = JSON.createObjectNode();
                line.put("id", problem.getKey()).put("question", asked.question());
                line.put("answer", asked.answer()).put("wrong_answer", wrong.get());
                out.write(line + "\n");
                written++;
            }
        } catch (IOException e) {
            throw new Failure(Failure.Kind.CALLER, target + ": cannot be written: " + e.getMessage(), e);
        }
        return written;
    }

    private final class Answers implements RowSink {
        @Override
        public void row(Path file, int line, ObjectNode row) {
            if (!text(file, line, row, "policy").equals(policy)) return;
            String question = text(file, line, row, "question");
            String answer = text(file, line, row, "gold");
            Asked asked = problems.computeIfAbsent(
                    text(file, line, row, "problem_id"), _ -> new Asked(question, answer, new WrongAnswers()));
            if (text(file, line, row, "verdict").equals("incorrect"))
                asked.wrong().add(text(file, line, row, "extracted"));
        }

        private String text(Path file, int line, ObjectNode row, String field) {
            if (row.path(field).isTextual()) return row.path(field).textValue();
            throw new Failure(
                    Failure.Kind.CALLER,
                    file + ":" + line + ": lacks the text '" + field + "'; answers.jsonl of a report has it");
        }

        @Override
        public void problem(Path file, int line, String text) {
            throw new Failure(Failure.Kind.CALLER, file + ":" + line + ": " + text);
        }

        @Override
        public boolean more() {
            return true;
        }
    }
}
