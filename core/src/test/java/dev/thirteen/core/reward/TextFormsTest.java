package dev.thirteen.core.reward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextFormsTest {
    private static final TextTemplate REASONED = new TextTemplate("<think>{text}</think> <answer>{text}</answer>");

    @Test
    void marksStandInOrderWithTextBetweenThem() {
        assertThat(REASONED.fits("\n<think> 1+1\n</think>\n\n<answer>2</answer> "))
                .isTrue();
        assertThat(REASONED.fits("<think>a</think><answer>2</answer>")).isFalse();
        assertThat(new TextTemplate("<think>{text}</think>{text}<answer>{text}</answer>")
                        .fits("<think>a</think> so <answer>2</answer>"))
                .isTrue();
    }

    @Test
    void whatIsMissingEmptyOrRepeatedDoesNotFit() {
        assertThat(REASONED.fits("<think> </think> <answer>2</answer>")).isFalse();
        assertThat(REASONED.fits("<think>a</think> <answer>2")).isFalse();
        assertThat(REASONED.fits("<think>a<think>b</think> <answer>2</answer>")).isFalse();
        assertThat(REASONED.fits("<think>a</think> <answer>1</answer> <answer>2</answer>"))
                .isFalse();
        assertThat(REASONED.fits("so: <think>a</think> <answer>2</answer>")).isFalse();
    }

    @Test
    void aTemplateMayBeginOrEndWithAnyText() {
        TextTemplate hash = new TextTemplate("{text}####{text}");

        assertThat(hash.fits("1+1=2\n#### 2")).isTrue();
        assertThat(hash.fits("#### 2")).isFalse();
        assertThat(new TextTemplate("yes").fits(" yes\n")).isTrue();
        assertThat(new TextTemplate("yes").fits("yes yes")).isFalse();
    }

    @Test
    void theLastBlockOfCodeIsTheProgram() {
        assertThat(CodeBlocks.last("a\n```python\nx = 1\n```\nb\n```\ny = 2\n```\n"))
                .contains("y = 2\n");
        assertThat(CodeBlocks.last("```py\nx = 1\n")).contains("x = 1\n");
        assertThat(CodeBlocks.last("```py\ns = '''\n```python\n'''\n```\n")).contains("s = '''\n```python\n'''\n");
        assertThat(CodeBlocks.last("x = 1")).isEmpty();
        assertThat(CodeBlocks.last("```")).contains("");
    }
}
