package dev.thirteen.core.answer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExtractionTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "so \\boxed{42}.                        | 42",
                "\\boxed{1} then \\boxed{2}             | 2",
                "\\boxed{\\frac{1}{2}}                  | \\frac{1}{2}",
                "\\boxed {7}                            | 7",
                "\\boxed{\\{1, 2\\}}                    | \\{1, 2\\}",
                "\\boxed{a \\boxed{b}}                  | b",
                "\\boxed{4}, no, \\boxed{5              | 4",
                "} { \\boxed{3} }                       | 3",
                "\\\\\\boxed{6}                         | 6",
                "\\boxed{}                              | ",
                "\\boxed 8                              | ",
                "none                                   | "
            })
    void boxedIsTheLastClosedBox(String completion, String answer) {
        assertThat(Extraction.BOXED.from(completion).orElse(null)).isEqualTo(answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "21-4+2=17+2=19#19     | 19",
                "#17                   | 17",
                "a\\n#### 1,234\\nmore | 1,234",
                "`#### 1\\n#### 2  `    | 2",
                "#-5                   | -5",
                "19#                   | ",
                "19                    | "
            })
    void hashIsTheLineAfterTheLastRun(String completion, String answer) {
        assertThat(Extraction.HASH.from(completion.replace("\\n", "\n")).orElse(null))
                .isEqualTo(answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "She has 3 apples and 5 pears.   | 5",
                "It costs $1,234,567.50 in all.  | 1,234,567.50",
                "From 5 to -3.                   | -3",
                "5-3                             | 3",
                "(5)-3                           | 3",
                "about +7                        | +7",
                "about \u22127                   | \u22127",
                "1,2                             | 2",
                "1234,567                        | 567",
                "1,2345                          | 2345",
                "up by 12.5%!                    | 12.5%",
                "speed 3.0e8 m/s                 | 3.0e8",
                "mass 2E-3.                      | 2E-3",
                "3 eggs                          | 3",
                "half is .5                      | .5",
                "version 1.2.3                   | 3",
                "nothing                         | "
            })
    void lastNumberKeepsItsSpelling(String completion, String answer) {
        assertThat(Extraction.LAST_NUMBER.from(completion).orElse(null)).isEqualTo(answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\\boxed{1} #### 2 and 3          | 1",
                "#### 2\\n and 3                  | 2",
                "#### Step 2: it is 3 or 4        | 4",
                "it is 3 or 4                     | 4",
                "#### Paris                       | Paris",
                "# 5 things                       | 5",
                "Paris                            | "
            })
    void autoTriesBoxThenMarkThenNumber(String completion, String answer) {
        assertThat(Extraction.AUTO.from(completion.replace("\\n", "\n")).orElse(null))
                .isEqualTo(answer);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {"` yes\n`, yes", "` \n`,", "``,"})
    void textIsTheWholeCompletion(String completion, String answer) {
        assertThat(Extraction.TEXT.from(completion).orElse(null)).isEqualTo(answer);
    }

    @ParameterizedTest
    @EnumSource
    void hostileCompletionsOfAMegabyteTakeLinearTime(Extraction extraction) {
        List<String> units =
                List.of("\\boxed{", "{", "}", "\\", "#", "#### ", "1", "1,234,", "-", ".1", "1e", " ", "\n#1");
        Assertions.assertTimeout(Duration.ofSeconds(30), () -> {
            for (String unit : units) {
                String completion = unit.repeat((1 << 20) / unit.length());
                Judge.judge(completion, "1", extraction, Scorer.NUMERIC);
                Judge.judge(completion, "1", extraction, Scorer.EXACT);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\boxed{19}", "x\n#### 19", "so 19", "\n19 "})
    void autoServesEveryForm(String completion) {
        assertThat(Judge.judge(completion, "19", Extraction.AUTO, Scorer.NUMERIC))
                .isEqualTo(new Verdict.Correct("19"));
    }
}
