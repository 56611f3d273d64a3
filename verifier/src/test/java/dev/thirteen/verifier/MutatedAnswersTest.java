package dev.thirteen.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.verifier.value.Algebra;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** Labels of MATH with pieces of notation put in, taken out and copied: whatever a model writes ends with a verdict. */
class MutatedAnswersTest {
    private static final Path SAMPLE = Path.of("src/test/resources/math_solutions.jsonl");
    private static final int ANSWERS = 6_000;
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final String[] PIECES = """
            \\frac { } ( ) [ ] ^ _ \\sqrt \\text{ \\text \\boxed{ $ \\( \\) - + * / = < , . .8 : ; % \\circ \\pi \\infty \\cup \\{ \\}
            e i x 10^ E 0 9 2147483648 00 \\cdot ! ,\\! | \\begin \\begin{pmatrix} & \\\\ ** π √ ² and or \\in \\ldots \\overline
            \\mathrm{ \\left \\quad \\log_ \\binom \\color cm _{10}""".split("[ \n]");

    @Test
    void endsWithAVerdict() throws Exception {
        List<String> labels = labels();
        SplittableRandom random = new SplittableRandom(17);
        Verifier verifier = new Verifier(Algebra.NONE, LIMIT);
        List<String> failed = new ArrayList<>();
        try (Watch watch = new Watch(LIMIT.multipliedBy(2))) {
            for (int i = 0; i < ANSWERS; i++) {
                String label = labels.get(random.nextInt(labels.size()));
                String answer = framed(mutated(label, random), random);
                Question question = i % 2 == 0 ? Question.COMPLETION : Question.ANSWER;
                try {
                    watch.run(() -> verifier.compared(label, answer, question));
                } catch (Watch.HungException hung) {
                    failed.add("hangs: " + answer);
                } catch (ExecutionException problem) {
                    if (!(problem.getCause() instanceof Failure)) failed.add(problem.getCause() + ": " + answer);
                }
            }
        }
        assertThat(failed).isEmpty();
    }

    private static List<String> labels() throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<String> labels = new ArrayList<>();
        for (String line : Files.readAllLines(SAMPLE)) {
            labels.add(json.readTree(line).get("answer").asText());
        }
        return labels;
    }

    private static String mutated(String label, SplittableRandom random) {
        StringBuilder text = new StringBuilder(label);
        int changes = random.nextInt(5);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + 1 + random.nextInt(6));
            switch (random.nextInt(3)) {
                case 0 -> text.insert(at, PIECES[random.nextInt(PIECES.length)] + " ".repeat(random.nextInt(2)));
                case 1 -> text.delete(at, end);
                default -> text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
            }
        }
        return text.toString();
    }

    private static String framed(String answer, SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> answer;
            case 1 -> "The answer is $" + answer + "$.";
            case 2 -> "So\n\n\\[" + answer + "\\]\n\nThe final answer is: $\\boxed{" + answer + "}$.";
            default -> "Therefore \\boxed{" + answer;
        };
    }
}
