package dev.thirteen.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.verifier.CaseFile.Case;
import dev.thirteen.verifier.symbolic.SymbolicWorkers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers as models write them, each with what a mathematician would say. */
class OwnCasesTest {
    @Test
    void judgesAsAMathematicianWould() throws IOException {
        List<String> misses = new ArrayList<>();
        try (SymbolicWorkers algebra = new SymbolicWorkers(1, Duration.ofSeconds(5))) {
            Verifier verifier = new Verifier(algebra, Duration.ofSeconds(1));
            for (Case next : CaseFile.read(Path.of("src/test/resources/cases.jsonl"))) {
                Verdict verdict = verifier.verify(next.gold(), next.prediction(), next.question())
                        .verdict();
                if (verdict instanceof Verdict.Correct != next.expected())
                    misses.add(next.line() + ": " + next.gold() + " | " + next.prediction() + " -> " + verdict);
            }
        }
        assertThat(misses).isEmpty();
    }
}
