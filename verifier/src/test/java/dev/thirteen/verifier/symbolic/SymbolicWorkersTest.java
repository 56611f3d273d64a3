package dev.thirteen.verifier.symbolic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.notation.Expression;
import dev.thirteen.verifier.notation.Parser;
import dev.thirteen.verifier.value.Truth;
import dev.thirteen.verifier.value.Work;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SymbolicWorkersTest {
    private static final String HARD = "\\int_0^1 e^{\\sin(x^{\\cos(x)})} \\ln(\\ln(x+2)) dx";

    @Test
    void whoTakesTooLongIsStoppedAndNotOnlyLeftBehind() throws Exception {
        try (SymbolicWorkers workers = new SymbolicWorkers(1, Duration.ofMillis(100))) {
            ask(workers);

            for (ProcessHandle process : processes()) process.onExit().get(30, TimeUnit.SECONDS);
            assertThat(processes()).isEmpty();
        }
    }

    /** It ends without an answer: its time was over, or on a busy machine it had none. */
    private static void ask(SymbolicWorkers workers) {
        try {
            Expression hard = Parser.readings(HARD).getFirst();
            Expression one = Parser.readings("1").getFirst();
            assertThat(workers.equal(hard, one, Work.of(Duration.ofSeconds(10))))
                    .isNotEqualTo(Truth.YES);
        } catch (Work.Exhausted | Failure expected) {
            assertThat(expected).isNotNull();
        }
    }

    private static List<ProcessHandle> processes() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().commandLine().orElse("").contains("SymbolicProcess"))
                .filter(ProcessHandle::isAlive)
                .toList();
    }
}
