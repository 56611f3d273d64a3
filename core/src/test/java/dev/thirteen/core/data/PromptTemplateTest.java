package dev.thirteen.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PromptTemplateTest {
    @Test
    void theQuestionIsPutIntoTheUserText() {
        PromptTemplate template = new PromptTemplate("Be brief.", "Q: {question}\nA:", true);

        assertThat(template.userText(new Problem("7", "1+1?", "2"))).isEqualTo("Q: 1+1?\nA:");
    }

    @Test
    void templatesThatLoseTheirTextAreRefused() {
        assertThatThrownBy(() -> new PromptTemplate("", "no place", false)).hasMessageContaining("{question}");
        assertThatThrownBy(() -> new PromptTemplate("Be brief.", "{question}", false))
                .hasMessageContaining("chat");
    }
}
