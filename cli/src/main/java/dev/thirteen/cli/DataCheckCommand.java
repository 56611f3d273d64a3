package dev.thirteen.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.thirteen.cli.data.DataFormat;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.data.Problem;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code thirteen data check}: what is wrong with a data set, row by row. */
@Command(
        name = "check",
        description = "Say what is wrong with a data set, row by row: JSON Lines, CSV, TSV or Parquet, a folder as"
                + " Hugging Face lays it out, or a benchmark. Needs no running system.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  bin/thirteen data check data/train.parquet --answer-field solution --answer-after \"####\"",
            "  bin/thirteen data check openai/gsm8k --config main --split test --answer-after \"####\"",
            "  bin/thirteen data check gsm8k",
            "Exit codes: 0 all rows are problems, 2 some are not."
        })
final class DataCheckCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE|FOLDER|BENCHMARK", description = "The data set.")
    private String what = "";

    @Mixin
    private DataLocation location = new DataLocation();

    @Mixin
    private FieldOptions fields = new FieldOptions();

    @Option(
            names = "--scorer",
            paramLabel = "NAME",
            description = "Try to read every right answer as this scorer does. Default: the benchmark's, else none.")
    private @Nullable String scorer;

    private final Session session;
    private int wrong;
    private int remarks;
    private int whole;
    private int longest;
    private String longestId = "";

    DataCheckCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Path own = Path.of(what);
        if (Files.exists(own)) return check(location.files(own), fields.fields(), given(scorer), 0);
        if (what.indexOf('/') >= 0 && !what.endsWith(".yaml")) {
            throw new Failure(Failure.Kind.CALLER, what + ": there is no such file or folder");
        }
        Benchmark benchmark = Benchmark.of(session.home(), what);
        if (benchmark.data().generated().isPresent()) {
            session.output().line(what + ": is generated; there is nothing to check");
            return CallFailure.OK;
        }
        Path found = BenchmarkData.file(session, location, benchmark);
        return check(
                location.files(found),
                benchmark.data().fields(),
                scorer == null ? Scorer.named(benchmark.scorer()) : given(scorer), // code runs elsewhere
                benchmark.data().problems());
    }

    /** The scorer that was asked for. */
    private static Optional<Scorer> given(@Nullable String name) {
        if (name == null) return Optional.empty();
        Optional<Scorer> known = Scorer.named(name);
        if (known.isEmpty()) {
            String labels = Arrays.stream(Scorer.values()).map(Scorer::label).collect(Collectors.joining(", "));
            throw new Failure(Failure.Kind.CALLER, "--scorer: must be one of %s, it is '%s'".formatted(labels, name));
        }
        return known;
    }

    private int check(List<Path> files, ProblemFields names, Optional<Scorer> judge, int expected) {
        ProblemRows rows = rows(names, judge);
        for (Path file : files) DataFormat.read(file, rows);
        if (rows.rows() == 0 && wrong == 0) throw new Failure(Failure.Kind.CALLER, files.getFirst() + ": holds no row");
        if (expected > 0 && expected != whole + wrong) {
            complain(
                    files.getFirst(),
                    1,
                    "problem",
                    "there are " + (whole + wrong) + " rows; the benchmark has " + expected);
            wrong++;
        }
        String size = files.size() == 1 ? "" : " in " + files.size() + " files";
        session.output()
                .line("data: " + whole + " problems" + size + ", " + wrong + " wrong rows, " + remarks + " remarks"
                        + (whole == 0 ? "" : "; longest question " + longest + " characters (" + longestId + ")"));
        return wrong == 0 ? CallFailure.OK : CallFailure.INVALID;
    }

    private ProblemRows rows(ProblemFields names, Optional<Scorer> judge) {
        return new ProblemRows(names, judge) {
            @Override
            void problem(Path file, int line, Problem problem) {
                whole++;
                if (problem.question().length() <= longest) return;
                longest = problem.question().length();
                longestId = problem.id();
            }

            @Override
            void remark(Path file, int line, String text) {
                remarks++;
                complain(file, line, "remark", text);
            }

            @Override
            public void problem(Path file, int line, String text) {
                wrong++;
                complain(file, line, "problem", text);
            }

            @Override
            public boolean more() {
                return true;
            }
        };
    }

    private void complain(Path file, int line, String severity, String text) {
        if (session.json()) {
            session.output()
                    .line(JsonNodeFactory.instance
                            .objectNode()
                            .put("file", file.toString())
                            .put("line", line)
                            .put("severity", severity)
                            .put("text", text)
                            .toString());
        } else {
            session.output().line(file + ":" + line + ": " + (severity.equals("remark") ? "(remark) " : "") + text);
        }
    }
}
