package dev.thirteen.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.answer.Verdict;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.symbolic.SymbolicWorkers;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers that are made to hang a verifier: each comparison ends, within twice its limit, with a verdict. */
class HostileAnswersTest {
    private static final Duration LIMIT = Duration.ofMillis(500);
    private static SymbolicWorkers algebra = new SymbolicWorkers(1, LIMIT);
    private static Watch watch = new Watch(LIMIT.multipliedBy(2));

    @BeforeAll
    static void start() {
        algebra = new SymbolicWorkers(1, LIMIT);
        watch = new Watch(LIMIT.multipliedBy(2));
    }

    @AfterAll
    static void stop() {
        algebra.close();
        watch.close();
    }

    static Stream<String> hostile() {
        return Stream.of(
                "10^{10^{10}}",
                "9^{9^{9^{9^{9}}}}",
                "2^{2^{2^{2^{2^{2}}}}}",
                "\\frac{1}{".repeat(5_500) + "2" + "}".repeat(5_500),
                "\\frac{".repeat(8_300),
                "\\frac 1.\\]",
                "\\frac0.15%",
                "\\frac.5",
                "\\frac1e5",
                "\\frac{1}{".repeat(110) + "x" + "}".repeat(110),
                "((((((((((".repeat(5_000),
                "{".repeat(50_000) + "}".repeat(50_000),
                "\\sqrt{".repeat(100) + "2" + "}".repeat(100),
                "1000000000!",
                "(((10!)!)!)!",
                "\\binom{10^9}{5 \\cdot 10^8}",
                "\\sum_{k=1}^{10^{12}} k^{k}",
                "\\prod_{k=1}^{10^{9}} k!",
                "\\sum_{a=1}^{999} \\sum_{b=1}^{999} \\sum_{c=1}^{999} \\sin(abc)",
                "\\int_0^1 e^{\\sin(x^{\\cos(x)})} \\ln(\\ln(x+2)) dx",
                "\\int ".repeat(100) + "x",
                "\\int x+".repeat(700) + "1",
                "\\int x+".repeat(700) + "1 dx",
                "\\int dx".repeat(1_300),
                "√".repeat(50_000),
                "π/".repeat(25_000),
                "2√3".repeat(16_000),
                "(x+1)^{100000}",
                "(a+b+c+d+e+f)^{60}",
                "1e999999999",
                "1".repeat(19_000),
                "1/" + "3".repeat(19_000),
                "0.\\overline{" + "7".repeat(5_000) + "}",
                "x".repeat(30_000),
                "1+".repeat(9_900) + "1",
                "1,".repeat(9_900) + "1",
                "\\{" + "x_1,".repeat(1_500) + "1\\}",
                "\\boxed{".repeat(7_000),
                "\\boxed{1}".repeat(5_000),
                "$".repeat(50_000),
                "\\(".repeat(100_000),
                "$ a".repeat(40_000),
                "x = 1, ".repeat(30_000),
                "1 and ".repeat(40_000) + "z",
                ("\n".repeat(3_000) + "Check:").repeat(30),
                "<answer>".repeat(30_000),
                " (or ".repeat(40_000),
                "1 hour ".repeat(8) + "30",
                "5 is ".repeat(20_000) + "wrong",
                ", attained at ".repeat(3_000) + "1",
                "1,11,".repeat(3_900) + "111",
                "k\\pi, k\\in\\mathbb{Z}, ".repeat(150) + "k",
                "the answer is ".repeat(3_500),
                "\\text{" + "a".repeat(50_000) + "}",
                "\\begin{pmatrix}" + "1&".repeat(1_900) + "1\\end{pmatrix}",
                "a".repeat(50_000) + "!",
                "(a+)+$ " + "a".repeat(45_000),
                "#".repeat(50_000),
                "-".repeat(50_000) + "1",
                "\\\\".repeat(25_000),
                "\u0000\uffff\ud800",
                "\\log_{".repeat(100) + "2" + "}".repeat(100) + "3",
                "$-.8,0)$",
                "1,\\!",
                "\\begin",
                "\\text ",
                "\\mathrm{d\\color}",
                "(2,\\mathbb");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void endsWithAVerdict(String hostile) throws Exception {
        Verifier verifier = new Verifier(algebra, LIMIT);
        Verdict answer = compared(() -> verifier.compared("7", hostile, Question.COMPLETION))
                .verdict();
        assertThat(answer).isNotInstanceOf(Verdict.Correct.class);
        compared(() -> verifier.compared(hostile, hostile + "+x", Question.ANSWER));
    }

    /** Again where a busy machine gave the process of symbolic algebra no processor, which is no verdict. */
    private static Verification compared(Callable<Verification> comparison) throws Exception {
        for (int again = 0; ; again++) {
            try {
                return watch.run(comparison);
            } catch (ExecutionException busy) {
                boolean outside = busy.getCause() instanceof Failure failure && failure.kind() == Failure.Kind.OUTSIDE;
                if (again == 10 || !outside) throw busy;
            }
        }
    }
}
