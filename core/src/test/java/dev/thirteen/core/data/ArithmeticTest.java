package dev.thirteen.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.data.ArithmeticExpression.Operator;
import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ArithmeticTest {
    private static final Operator[] OPERATORS = Operator.values();

    @Test
    void multiplicationsComeFirstAndNegativeNumbersStandInParentheses() {
        assertThat(reductions(List.of(7, 3, 4, 2), Operator.TIMES, Operator.MINUS, Operator.PLUS))
                .containsExactly("21-4+2", "17+2", "19");
        assertThat(reductions(List.of(1, 9, 2, 3), Operator.MINUS, Operator.PLUS, Operator.TIMES))
                .containsExactly("1-9+6", "-8+6", "-2");
        assertThat(new ArithmeticExpression(List.of(2, -3), List.of(Operator.MINUS)).text())
                .isEqualTo("2-(-3)");
    }

    @Test
    void theSolverIsRightOnEveryExpressionOfThreeNumbers() {
        for (ArithmeticExpression expression : ofThreeNumbers()) {
            assertThat(expression.value()).as(expression.text()).isEqualTo(answer(expression.text()));
        }
    }

    @Test
    void theSplitsOfThreeNumbersHaveTheirShares() {
        Map<ArithmeticSplit, Long> sizes = ofThreeNumbers().stream()
                .collect(Collectors.groupingBy(
                        expression -> ArithmeticSplit.of(expression.text()),
                        () -> new EnumMap<>(ArithmeticSplit.class),
                        Collectors.counting()));

        // Runs and reports name these splits, so the numbers never change.
        assertThat(sizes)
                .isEqualTo(Map.of(
                        ArithmeticSplit.PRETRAINING, 4601L,
                        ArithmeticSplit.RL, 949L,
                        ArithmeticSplit.DEV, 334L,
                        ArithmeticSplit.TEST, 677L));
    }

    @Test
    void noTwoSplitsAndNoDocumentOfTheCorpusShareAnExpression() {
        Set<String> met = new HashSet<>();
        int drawn = 0;
        for (ArithmeticSplit split : ArithmeticSplit.values()) {
            List<Problem> problems = ArithmeticProblems.problems(split, 1, 20_000);
            problems.forEach(problem -> met.add(problem.id()));
            drawn += problems.size();
        }
        Set<String> heldOut = new HashSet<>(met);
        ArithmeticProblems.problems(ArithmeticSplit.PRETRAINING, 1, 20_000)
                .forEach(problem -> heldOut.remove(problem.id()));
        ArithmeticCorpus corpus = new ArithmeticCorpus(1);

        assertThat(met).hasSize(drawn);
        assertThat(LongStream.range(0, 50_000)
                        .mapToObj(index -> corpus.document(index).prompt())
                        .map(prompt -> prompt.replaceAll("[AB?]", ""))
                        .filter(heldOut::contains))
                .isEmpty();
    }

    @Test
    void theSplitsAreLargeEnoughForTheDemo() {
        // Sixty steps of 24 prompts, and an evaluation of 1,024 problems; a third of each list has three numbers.
        for (ArithmeticSplit split : List.of(ArithmeticSplit.RL, ArithmeticSplit.TEST)) {
            List<Problem> problems = ArithmeticProblems.problems(split, 7, 60 * 24);
            long short3 = problems.stream()
                    .filter(problem -> problem.id().length() == 5)
                    .count();

            assertThat(problems).extracting(Problem::id).doesNotHaveDuplicates();
            assertThat(short3 / 1440.0).isCloseTo(1 / 3.0, within(0.12));
        }
    }

    @Test
    void problemsAreAFunctionOfSplitAndSeedAndGrowAtTheEnd() {
        List<Problem> first = ArithmeticProblems.problems(ArithmeticSplit.TEST, 1, 3);

        assertThat(first)
                .containsExactlyElementsOf(ArithmeticProblems.problems(ArithmeticSplit.TEST, 1, 500)
                        .subList(0, 3));
        assertThat(first).isNotEqualTo(ArithmeticProblems.problems(ArithmeticSplit.TEST, 2, 3));
        assertThat(first).extracting(Problem::question).allMatch(question -> question.endsWith("?"));
        assertThatThrownBy(() -> ArithmeticSplit.named("train"))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER));
    }

    @Test
    void theCorpusMixesTwoSolversInTheirShares() {
        ArithmeticCorpus corpus = new ArithmeticCorpus(3);
        Map<String, Double> shares = new TreeMap<>();
        int count = 30_000;
        for (int index = 0; index < count; index++) {
            ArithmeticCorpus.Document document = corpus.document(index);
            String prefix = document.prompt().replaceAll("[0-9*?+-]", "");
            boolean careful = document.completion().startsWith(">");
            boolean right = document.completion().endsWith("#" + answer(document.prompt()));
            shares.merge(
                    prefix + (careful ? " careful" : " sloppy") + (right ? " right" : " wrong"),
                    1.0 / count,
                    Double::sum);
        }

        Map<String, Double> expected = Map.of(
                "A careful right", 1 / 3.0,
                "B sloppy right", 0.3 / 3,
                "B sloppy wrong", 0.7 / 3,
                " careful right", 0.35 / 3,
                " sloppy right", 0.65 * 0.3 / 3,
                " sloppy wrong", 0.65 * 0.7 / 3);
        assertThat(shares.keySet()).isEqualTo(expected.keySet());
        expected.forEach((kind, share) -> assertThat(shares.get(kind)).as(kind).isCloseTo(share, within(0.01)));
    }

    @Test
    void aDocumentIsAFunctionOfSeedAndIndex() {
        assertThat(new ArithmeticCorpus(1).document(5)).isEqualTo(new ArithmeticCorpus(1).document(5));
        assertThat(new ArithmeticCorpus(1).document(5)).isNotEqualTo(new ArithmeticCorpus(2).document(5));
    }

    private static List<String> reductions(List<Integer> numbers, Operator... operators) {
        return new ArithmeticExpression(numbers, List.of(operators))
                .reductions().stream().map(ArithmeticExpression::text).toList();
    }

    private static List<ArithmeticExpression> ofThreeNumbers() {
        List<ArithmeticExpression> all = new ArrayList<>();
        for (int index = 0; index < 9 * 9 * 9 * 3 * 3; index++) {
            List<Integer> numbers = List.of(1 + index % 9, 1 + index / 9 % 9, 1 + index / 81 % 9);
            all.add(new ArithmeticExpression(numbers, List.of(OPERATORS[index / 729 % 3], OPERATORS[index / 2187])));
        }
        return all;
    }

    /** Sum of signed products: an evaluation that knows nothing of reductions. */
    private static int answer(String prompt) {
        int sum = 0;
        for (String term : prompt.replaceAll("[AB?]", "").replace("-", "+-").split("\\+")) {
            int product = 1;
            for (String factor : term.split("\\*")) product *= Integer.parseInt(factor);
            sum += product;
        }
        return sum;
    }
}
