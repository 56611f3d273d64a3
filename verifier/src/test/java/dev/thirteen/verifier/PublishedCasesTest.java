package dev.thirteen.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.verifier.CaseFile.Case;
import dev.thirteen.verifier.value.Algebra;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cases of other verifiers' own tests. */
class PublishedCasesTest {
    private static final Path FILE = Path.of("../../shared/cases/math_equivalence.jsonl");

    @Test
    void agreesWithThePublishedCases() throws IOException {
        assumeTrue(Files.exists(FILE), "the published cases are not here: " + FILE);
        Verifier verifier = new Verifier(Algebra.NONE, Duration.ofSeconds(1));
        List<Case> cases = CaseFile.read(FILE);
        List<String> misses = new ArrayList<>();
        for (Case next : cases) {
            Verification found = verifier.verify(next.gold(), next.prediction(), next.question());
            if (found.verdict() instanceof Verdict.Correct != next.expected()) {
                misses.add(next.line() + ": " + next.gold() + " | " + shortened(next.prediction()) + " -> "
                        + found.verdict());
            }
        }
        assertThat(misses).hasSizeLessThanOrEqualTo(0);
    }

    private static String shortened(String text) {
        return text.length() < 200 ? text : "…" + text.substring(text.length() - 200);
    }
}
