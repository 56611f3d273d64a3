package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thirteen.cli.data.DataFormat;
import dev.thirteen.cli.data.RowSink;
import dev.thirteen.core.answer.Extraction;
import dev.thirteen.core.answer.Judge;
import dev.thirteen.core.answer.Scorer;
import dev.thirteen.core.answer.Verdict;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** GSM8K's own solutions, judged by this project and by the rule of its authors: the number after ####, without commas. */
class SolutionTextsTest {
    private static final Path DATA = Path.of(System.getProperty("thirteen.home", ".."), "../shared/data");
    /** ANS_RE of grade_school_math/dataset.py. */
    private static final Pattern MARK = Pattern.compile("#### (-?[0-9.,]+)");

    private record Solved(String solution, String answer) {}

    private static List<Solved> read(String name) {
        List<Solved> rows = new ArrayList<>();
        DataFormat.read(DATA.resolve(name), new RowSink() {
            @Override
            public void row(Path file, int line, ObjectNode row) {
                rows.add(new Solved(
                        row.get("solution").textValue(), row.get("answer").textValue()));
            }

            @Override
            public void problem(Path file, int line, String text) {
                throw new AssertionError(file + ":" + line + ": " + text);
            }

            @Override
            public boolean more() {
                return true;
            }
        });
        return rows;
    }

    @Test
    void everySolutionIsJudgedAsItsAuthorsWould() {
        assumeThat(DATA).as("the benchmarks themselves").isDirectory();
        List<Solved> rows = new ArrayList<>(read("gsm8k_test.jsonl"));
        rows.addAll(read("gsm8k_train.jsonl"));
        assertThat(rows).hasSize(1319 + 7473);
        int right = 0;
        int agreed = 0;
        for (int i = 0; i < rows.size(); i++) {
            String solution = rows.get(i).solution();
            for (String label : List.of(
                    rows.get(i).answer(), rows.get((i + 1) % rows.size()).answer())) {
                boolean ours = Judge.judge(solution, label, Extraction.HASH, Scorer.NUMERIC) instanceof Verdict.Correct;
                boolean theirs = marked(solution).compareTo(number(label)) == 0;
                if (ours) right++;
                if (ours == theirs) agreed++;
            }
        }
        assertThat(agreed).isEqualTo(2 * rows.size());
        assertThat(right).isGreaterThanOrEqualTo(rows.size());
    }

    private static BigDecimal marked(String solution) {
        Matcher mark = MARK.matcher(solution);
        assertThat(mark.find()).as(solution).isTrue();
        return number(mark.group(1));
    }

    private static BigDecimal number(String text) {
        return new BigDecimal(text.replace(",", ""));
    }
}
