package dev.thirteen.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.answer.Verdict;
import dev.thirteen.verifier.equality.Rules;
import dev.thirteen.verifier.value.Algebra;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * MATH's own solutions (Hendrycks et al. 2021, MIT licence), judged by this project and by its authors' rule as far as it is
 * one of characters: the content of the last box is the label.
 */
class SolutionTextsTest {
    private static final Path SAMPLE = Path.of("src/test/resources/math_solutions.jsonl");
    private static final Path DATA = Path.of("../../shared/data");
    private static final Question COMPLETION =
            new Question(Question.Form.COMPLETION, Rules.MATHEMATICIAN, false, false, false);

    private final Verifier verifier = new Verifier(Algebra.NONE, Duration.ofSeconds(1));

    private record Solved(String id, String solution, String answer) {}

    private static List<Solved> read(Path file) throws IOException {
        List<Solved> rows = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        for (String line : Files.readAllLines(file)) {
            JsonNode row = json.readTree(line);
            rows.add(new Solved(
                    row.get("id").asText(),
                    row.get("solution").asText(),
                    row.get("answer").asText()));
        }
        return rows;
    }

    private boolean right(String solution, String label) {
        return verifier.verify(label, solution, COMPLETION).verdict() instanceof Verdict.Correct;
    }

    /** Solutions that are not right under their own label, and those that are right under the next one's, which differs. */
    private List<String> disagreements(List<Solved> rows) {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            Solved row = rows.get(i);
            String other = rows.get((i + 1) % rows.size()).answer();
            if (!right(row.solution(), row.answer())) found.add(row.id() + " is not " + row.answer());
            if (!plain(other).equals(plain(row.answer())) && right(row.solution(), other))
                found.add(row.id() + ", " + row.answer() + " is " + other);
        }
        return found;
    }

    private static String plain(String answer) {
        return answer.replaceFirst("^[a-z]\\s*=", "")
                .replaceAll("\\s|\\\\(?:left|right|[!,])", "")
                .replaceAll("\\\\[dt]frac", "\\\\frac");
    }

    @Test
    void theSampleIsJudgedAsItsAuthorsWould() throws IOException {
        assertThat(disagreements(read(SAMPLE))).isEmpty();
    }

    @Test
    void everySolutionOfMath500IsJudgedAsItsAuthorsWould() throws IOException {
        assumeThat(DATA).as("the benchmarks themselves").isDirectory();
        List<Solved> rows = read(DATA.resolve("math500.jsonl"));

        assertThat(rows).hasSize(500);
        assertThat(disagreements(rows)).isEmpty();
    }
}
