package dev.thirteen.core.reward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrongAnswersTest {
    @Test
    void spellingsOfOneAnswerCountTogetherAndTheMostFrequentIsWritten() {
        WrongAnswers wrong = new WrongAnswers();
        for (String answer : new String[] {"7", "7", "$\\frac 12$", "\\frac12", "\\frac12", " ", "$"})
            wrong.add(answer);

        assertThat(wrong.mostFrequent()).contains("\\frac12");
    }

    @Test
    void ofEquallyFrequentOnesTheFirstIsTaken() {
        WrongAnswers wrong = new WrongAnswers();
        for (String answer : new String[] {"9", "8.", "8", "9"}) wrong.add(answer);

        assertThat(wrong.mostFrequent()).contains("8");
        assertThat(new WrongAnswers().mostFrequent()).isEmpty();
    }
}
