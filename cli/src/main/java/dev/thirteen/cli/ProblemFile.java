package dev.thirteen.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.cli.data.DataFormat;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads data files as problems under a field map and writes them in the form of the wire. */
final class ProblemFile {
    /** More than this many complaints help nobody; {@code data check} makes all of them. */
    private static final int MOST_PROBLEMS = 20;

    private final List<String> complaints = new ArrayList<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final List<Problem> all = new ArrayList<>();
    private final Map<String, String> placeOfId = new HashMap<>();

    private ProblemFile() {}

    /**
     * Reads one whole file.
     *
     * @throws Failure CALLER with one {@code FILE:LINE: what} a bad row, at most twenty
     */
    static DataSetBlob read(Path file, ProblemFields fields) {
        return read(List.of(file), fields, Optional.empty());
    }

    /** Reads whole files, one after the other, as one data set; the scorer must be able to read the right answers. */
    static DataSetBlob read(List<Path> files, ProblemFields fields, Optional<Scorer> scorer) {
        ProblemFile problems = whole(files, fields, scorer);
        byte[] bytes = problems.content.toByteArray();
        return new DataSetBlob(
                files.getFirst(), fields, Digests.sha256(ByteBuffer.wrap(bytes)), bytes, problems.placeOfId);
    }

    /** The problems of one whole file. @throws Failure as {@link #read} */
    static List<Problem> problems(Path file, ProblemFields fields) {
        return List.copyOf(whole(List.of(file), fields, Optional.empty()).all);
    }

    private static ProblemFile whole(List<Path> files, ProblemFields fields, Optional<Scorer> scorer) {
        ProblemFile problems = new ProblemFile();
        ProblemRows rows = problems.rows(fields, scorer);
        for (Path file : files) DataFormat.read(file, rows);
        if (!problems.complaints.isEmpty()) {
            throw new Failure(Failure.Kind.CALLER, String.join("\n", problems.complaints));
        }
        if (problems.all.isEmpty()) throw new Failure(Failure.Kind.CALLER, files.getFirst() + ": holds no problem");
        return problems;
    }

    private ProblemRows rows(ProblemFields fields, Optional<Scorer> scorer) {
        return new ProblemRows(fields, scorer) {
            @Override
            void problem(Path file, int line, Problem problem) {
                ObjectNode wire = JsonNodeFactory.instance.objectNode();
                wire.put("id", problem.id()).put("question", problem.question()).put("answer", problem.answer());
                if (!problem.wrongAnswer().isEmpty()) wire.put("wrong_answer", problem.wrongAnswer());
                content.writeBytes((wire + "\n").getBytes(StandardCharsets.UTF_8));
                all.add(problem);
                placeOfId.put(problem.id(), file + ":" + line);
            }

            @Override
            public void problem(Path file, int line, String text) {
                complaints.add(file + ":" + line + ": " + text);
            }

            @Override
            public boolean more() {
                return complaints.size() < MOST_PROBLEMS;
            }
        };
    }
}
