package dev.thirteen.core.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.data.Problem;
import dev.thirteen.core.data.RandomArithmetic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProbesTest {
    private static final Problem PROBLEM = new Problem("p", "Ann has 12 pens and buys 7 more. How many?", "19");

    @Test
    void aProblemIsCutAtWordsAndItsNumbersAreChanged() {
        List<ProbeItem> items = Probes.items(List.of(PROBLEM), List.of(0.4, 0.8), false, 3);

        assertThat(items)
                .extracting(item -> item.problem().id())
                .containsExactly(
                        "p|full",
                        "p|completion-40%",
                        "p|partial-40%",
                        "p|completion-80%",
                        "p|partial-80%",
                        "p|changed-numbers");
        ProbeItem completion = items.get(1);
        assertThat(completion.problem().question()).isEqualTo("Ann has 12 pens");
        assertThat(completion.problem().answer()).isEqualTo("and buys 7 more. How many?");
        assertThat(items.get(2).problem().answer()).isEqualTo("19");
        assertThat(items.get(5).problem().question())
                .matches("Ann has [1-9]{2} pens and buys [1-9] more. How many\\?")
                .doesNotContain("12", "7")
                .isEqualTo(Probes.items(List.of(PROBLEM), List.of(), false, 3)
                        .getLast()
                        .problem()
                        .question());
    }

    @Test
    void textWithoutWordsOrNumbersIsAskedWhole() {
        assertThat(Probes.items(List.of(new Problem("p", "Why?", "x")), List.of(0.5), false, 0))
                .hasSize(1);
    }

    @Test
    void completionsAreComparedWordForWordAndByLikeness() {
        assertThat(Probes.completes("and buys\n7 more.", " and buys 7 more. How many?"))
                .isTrue();
        assertThat(Probes.completes("and buys 7 more.", "and buys 8 more.")).isFalse();
        assertThat(Probes.likeness("and buys 7 more.", "and buys 8 more. Then he goes home."))
                .isEqualTo(0.75);
    }

    @Test
    void theVerdictSaysWhatWasFoundAndWhatGeneratedProblemsGive() {
        ProbeReport clean = ProbeReport.of(answers(3, 2));
        ProbeReport known = ProbeReport.of(answers(60, 2));
        ProbeReport hint = ProbeReport.of(answers(12, 0));

        assertThat(clean.verdict()).startsWith("No sign of contamination");
        assertThat(hint.verdict()).startsWith("Some signs of contamination");
        // Wilson's interval of 60 in 100 as R's prop.test without correction: 0.502 to 0.691; of 2 in 100: 0.006 to
        // 0.070.
        assertThat(known.verdict())
                .isEqualTo("Strong signs of contamination. It completes word for word from the first 60 % 60 of 100"
                        + " (95 %: 50.2–69.1 %), ROUGE-L 0.60 ± 0.05; of generated problems 2 of 100"
                        + " (95 %: 0.6–7.0 %), ROUGE-L 0.02 ± 0.01.");
        assertThat(clean.verdict()).contains("no mean ROUGE-L is surely above 0.5");
    }

    /** Nearly the text: none is word for word, and yet no chance. */
    @Test
    void completionsThatAreMuchLikeTheTextAreASign() {
        assertThat(ProbeReport.of(alike(0.7, 0.1, 100)).verdict())
                .startsWith("Some signs of contamination. It completes word for word from the first 60 % 0 of 100")
                .contains("ROUGE-L 0.70 ± 0.00; of generated problems 0 of 100")
                .endsWith("ROUGE-L 0.10 ± 0.00.");
        assertThat(ProbeReport.of(alike(0.4, 0.1, 100)).verdict()).startsWith("No sign");
        assertThat(ProbeReport.of(alike(0.7, 0.8, 100)).verdict()).startsWith("No sign");
        assertThat(ProbeReport.of(alike(0.7, 0.1, 9)).verdict()).startsWith("No sign");
    }

    private static List<ProbeReport.Answered> alike(double likeness, double control, int each) {
        List<ProbeReport.Answered> answers = new ArrayList<>();
        for (int i = 0; i < 2 * each; i++) {
            boolean generated = i >= each;
            ProbeItem item = new ProbeItem(PROBLEM, ProbeItem.Kind.COMPLETION, 0.6, generated);
            answers.add(new ProbeReport.Answered(item, false, generated ? control : likeness));
        }
        return answers;
    }

    /** That a model answers easy problems and not the harder generated ones is no sign, and is not denied either. */
    @Test
    void rightAnswersAreNoSignAndShortProblemsAreSaid() {
        List<ProbeReport.Answered> answers = new ArrayList<>();
        for (boolean control : new boolean[] {false, true}) {
            answers.add(new ProbeReport.Answered(new ProbeItem(PROBLEM, ProbeItem.Kind.FULL, 1, control), !control, 0));
            answers.add(new ProbeReport.Answered(
                    new ProbeItem(PROBLEM, ProbeItem.Kind.CHANGED_NUMBERS, 1, control), false, 0));
        }

        assertThat(ProbeReport.of(answers).verdict())
                .isEqualTo("No sign of contamination: nothing of these is more frequent than for generated problems."
                        + " It gives the original's answer although the numbers were changed 0 of 1"
                        + " (95 %: 0.0–79.3 %); of generated problems 0 of 1 (95 %: 0.0–79.3 %)."
                        + " No problem was long enough to be shown in part.");
    }

    private static List<ProbeReport.Answered> answers(int hits, int controlHits) {
        List<ProbeReport.Answered> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            boolean control = i >= 100;
            boolean hit = control ? i - 100 < controlHits : i < hits;
            ProbeItem item = new ProbeItem(PROBLEM, ProbeItem.Kind.COMPLETION, 0.6, control);
            answers.add(new ProbeReport.Answered(item, hit, hit ? 1 : 0));
        }
        return answers;
    }

    @Test
    void generatedArithmeticHasAnyLengthAndIsRight() {
        List<Problem> problems = new RandomArithmetic(5, 3).problems(9, 50);

        assertThat(problems)
                .hasSize(50)
                .startsWith(new RandomArithmetic(5, 3).problems(9, 10).toArray(Problem[]::new));
        assertThat(problems).allSatisfy(problem -> {
            String text =
                    problem.question().replace("What is the value of ", "").replace(" ?", "");
            assertThat(text).matches("[1-9]\\d{2}( [-+*] [1-9]\\d{2}){4}");
            assertThat(problem.answer()).isEqualTo(Long.toString(value(text)));
        });
        assertThatThrownBy(() -> new RandomArithmetic(2, 1).problems(0, 1_000))
                .hasMessageContaining("hardly more than");
        assertThatThrownBy(() -> new RandomArithmetic(1, 1)).hasMessageContaining("terms must be 2 to 64");
    }

    /** By splitting at signs, then at stars: another way than the generator's. */
    private static long value(String text) {
        long sum = 0;
        for (String part : text.replace(" - ", " + -1 * ").split(" \\+ ")) {
            long product = 1;
            for (String factor : part.split(" \\* ")) product *= Long.parseLong(factor);
            sum += product;
        }
        return sum;
    }
}
