package dev.thirteen.cli.report;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.evaluation.v1.Evaluation;
import dev.thirteen.proto.evaluation.v1.EvaluationAnswer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** A folder with what evaluations found: the page, and every answer as JSON Lines and Parquet. */
public final class ReportFolder {
    /** The file for people. */
    public static final String PAGE = "report.html";

    static final String LINES = "answers.jsonl";
    static final String TABLE = "answers.parquet";

    private ReportFolder() {}

    /**
     * Says now, and not after hours of work, that a folder cannot be made or written into. Nothing is made yet: a command that
     * is refused leaves nothing behind.
     *
     * @throws Failure CALLER
     */
    public static void requireUsable(Path folder) {
        Path known = folder.toAbsolutePath().normalize();
        while (known != null && !Files.exists(known, LinkOption.NOFOLLOW_LINKS)) known = known.getParent();
        if (known != null && Files.isDirectory(known) && Files.isWritable(known)) return;
        throw new Failure(
                Failure.Kind.CALLER, "--report " + folder + ": " + known + " is no folder that can be written into");
    }

    /**
     * Makes the folder where it is not there.
     *
     * @throws Failure OUTSIDE when it cannot be made
     */
    public static void make(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "report " + folder + ": cannot be made (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Writes all files, over those of an earlier report.
     *
     * @param sizes of the adapters, as a table whose first row is its head; empty where nobody knows
     * @param answers of an evaluation by its id, in any order
     */
    public static void write(
            Path folder,
            List<Evaluation> evaluations,
            List<List<String>> sizes,
            Function<String, Stream<EvaluationAnswer>> answers) {
        make(folder);
        PageData data = new PageData();
        try (AnswerFiles files = new AnswerFiles(folder.resolve(LINES), folder.resolve(TABLE))) {
            for (Evaluation evaluation : evaluations) {
                PageData.Part part = data.part(evaluation);
                try (Stream<EvaluationAnswer> stream = answers.apply(evaluation.getId())) {
                    for (Iterator<EvaluationAnswer> all = stream.iterator(); all.hasNext(); ) {
                        EvaluationAnswer answer = all.next();
                        files.add(evaluation, answer);
                        part.add(answer);
                    }
                }
            }
            Files.writeString(folder.resolve(PAGE), Page.of(evaluations, sizes, data));
        } catch (IOException | UncheckedIOException e) {
            throw new Failure(
                    Failure.Kind.OUTSIDE, "report " + folder + ": cannot be written (" + e.getMessage() + ")", e);
        }
    }
}
