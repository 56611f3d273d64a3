package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thirteen.core.data.ArithmeticExpression;
import dev.thirteen.core.data.ArithmeticExpression.Operator;
import dev.thirteen.core.data.ArithmeticSplit;
import dev.thirteen.core.data.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The files of docs/paper are what they say they are. */
class PaperTest {
    private static final Path PAPER =
            Path.of(System.getProperty("thirteen.home", ".."), "docs", "paper").toAbsolutePath();

    private static List<SweepCell> cells(String file) {
        return SweepCell.of(SweepFile.read(PAPER.resolve(file)));
    }

    private static long runs(List<SweepCell> cells, String grid) {
        return cells.stream().filter(cell -> cell.grids().contains(grid)).count();
    }

    @Test
    void theFirstTwoFiguresHaveTenSeedsAndTheOthersThree() {
        List<SweepCell> cells = cells("paper.yaml");

        assertThat(runs(cells, "rl")).isEqualTo(60);
        assertThat(runs(cells, "rl-lora")).isEqualTo(10);
        assertThat(runs(cells, "sft-other")).isEqualTo(40);
        assertThat(runs(cells, "tying")).isEqualTo(30);
        assertThat(runs(cells, "rank")).isEqualTo(27);
        assertThat(runs(cells, "sharing")).isEqualTo(27);
        assertThat(cells.stream().filter(cell -> cell.grids().containsAll(List.of("rl", "tying", "rank", "sharing"))))
                .hasSize(3);
    }

    @Test
    void theFullGridTakesOverTheRunsOfTheReducedOne() {
        Set<String> full = cells("full.yaml").stream().map(SweepCell::run).collect(Collectors.toSet());

        assertThat(full)
                .containsAll(cells("paper.yaml").stream().map(SweepCell::run).toList());
    }

    @Test
    void learningRatesAreChosenOnTheDevelopmentSplit() {
        SweepFile sweep = SweepFile.read(PAPER.resolve("learning-rates.yaml"));

        assertThat(SweepCell.of(sweep)).isNotEmpty();
        assertThat(sweep.questions().dataSet().orElseThrow().getGenerator().getSplit())
                .isEqualTo("dev");
    }

    @Test
    void solutionsAreThoseOfTrainingProblemsStepByStep() {
        List<Problem> own = ProblemFile.problems(PAPER.resolve("solutions-own.jsonl"), ProblemFields.DEFAULT);
        List<Problem> other = ProblemFile.problems(PAPER.resolve("solutions-other.jsonl"), ProblemFields.DEFAULT);

        assertThat(own).hasSize(1024);
        assertThat(new HashSet<>(own)).hasSize(1024);
        for (int i = 0; i < own.size(); i++) {
            ArithmeticExpression expression = parsed(own.get(i).id());
            assertThat(ArithmeticSplit.of(expression.text())).isEqualTo(ArithmeticSplit.RL);
            assertThat(own.get(i).question()).isEqualTo(expression.text() + "?");
            assertThat(own.get(i).answer()).isEqualTo(asTheBaseWrites(expression));
            assertThat(other.get(i).question()).isEqualTo(own.get(i).question());
            assertThat(other.get(i).answer()).isEqualTo(inAnotherNotation(expression));
        }
    }

    /** The rest of the expression after every operation: {@code >21-4+2=17+2=19#19}. */
    private static String asTheBaseWrites(ArithmeticExpression expression) {
        return expression.reductions().stream()
                .map(ArithmeticExpression::text)
                .collect(Collectors.joining("=", ">", "#" + expression.value()));
    }

    /** Every operation by itself, which the base has never seen: {@code 7*3=21>21-4=17>17+2=19#19}. */
    private static String inAnotherNotation(ArithmeticExpression expression) {
        List<String> operations = new ArrayList<>();
        ArithmeticExpression rest = expression;
        while (!rest.operators().isEmpty()) {
            int next = Math.max(0, rest.operators().indexOf(Operator.TIMES));
            ArithmeticExpression operation = new ArithmeticExpression(
                    rest.numbers().subList(next, next + 2), rest.operators().subList(next, next + 1));
            operations.add(operation.text() + "=" + operation.value());
            rest = rest.reduced();
        }
        return String.join(">", operations) + "#" + expression.value();
    }

    private static ArithmeticExpression parsed(String text) {
        List<Integer> numbers = new ArrayList<>();
        List<Operator> operators = new ArrayList<>();
        for (char sign : text.toCharArray()) {
            switch (sign) {
                case '+' -> operators.add(Operator.PLUS);
                case '-' -> operators.add(Operator.MINUS);
                case '*' -> operators.add(Operator.TIMES);
                default -> numbers.add(Character.digit(sign, 10));
            }
        }
        return new ArithmeticExpression(numbers, operators);
    }
}
