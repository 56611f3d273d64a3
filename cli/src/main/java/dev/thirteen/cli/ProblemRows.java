package dev.thirteen.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.cli.data.RowSink;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.Scoring;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Makes a problem of each row, and says of each that is none what is wrong with it. */
abstract class ProblemRows implements RowSink {
    private final ProblemFields fields;
    private final Optional<Scorer> scorer;
    private final Map<String, String> placeOfId = new HashMap<>();
    private final Map<String, String> placeOfQuestion = new HashMap<>();
    private int rows;

    /** @param scorer must be able to read the right answers */
    ProblemRows(ProblemFields fields, Optional<Scorer> scorer) {
        this.fields = fields;
        this.scorer = scorer;
    }

    /** Takes a problem that is whole. */
    abstract void problem(Path file, int line, Problem problem);

    /** Takes note of something that may be as it is meant. */
    void remark(Path file, int line, String text) {}

    /** Rows so far, those that are wrong among them. */
    int rows() {
        return rows;
    }

    @Override
    public void row(Path file, int line, ObjectNode row) {
        int number = rows++;
        Optional<String> id = fields.hasId(row) || named()
                ? fields.id(row, text -> problem(file, line, text))
                : Optional.of(Integer.toString(number));
        Optional<String> question = fields.question(row, text -> problem(file, line, text));
        Optional<String> answer = fields.answer(row, text -> problem(file, line, text));
        if (id.isEmpty() || question.isEmpty() || answer.isEmpty()) return;
        Problem whole = new Problem(id.get(), question.get(), answer.get(), ProblemFields.wrongAnswer(row));
        if (unique(file, line, whole) && readable(file, line, whole)) problem(file, line, whole);
    }

    /** A field with another name than usual was asked for, so it must be there. */
    private boolean named() {
        return !fields.id().equals(ProblemFields.DEFAULT.id());
    }

    private boolean unique(Path file, int line, Problem problem) {
        String place = file.getFileName() + ":" + line;
        String earlier = placeOfId.putIfAbsent(problem.id(), place);
        if (earlier != null) {
            problem(file, line, "the id '" + problem.id() + "' stands in " + earlier + " already");
            return false;
        }
        String same = placeOfQuestion.putIfAbsent(problem.question(), place);
        if (same != null) remark(file, line, "the question stands in " + same + " already");
        if (problem.question().indexOf('\uFFFD') >= 0) {
            remark(file, line, "the question has a replacement character: some of its text was lost");
        }
        return true;
    }

    private boolean readable(Path file, int line, Problem problem) {
        if (scorer.isEmpty()) return true;
        try {
            scorer.get().check(problem.answer());
            if (scorer.get() == Scorer.MATH && !Scoring.isMathematics(problem.answer())) {
                remark(
                        file,
                        line,
                        "scorer math compares the field '" + fields.answer() + "' as text: it is no mathematics");
            }
            return true;
        } catch (Failure e) {
            problem(
                    file,
                    line,
                    "scorer " + scorer.get().label() + " cannot read the field '" + fields.answer() + "': "
                            + e.getMessage());
            return false;
        }
    }
}
