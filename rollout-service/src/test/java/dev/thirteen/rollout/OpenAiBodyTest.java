package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.thirteen.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiBodyTest {
    /** ~ for a line's end. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"model\": | line 1, column 10: it ends too early",
                "{\"a\":\"abc | line 1, column 10: it ends too early",
                "{'a':1} | line 1, column 2: unexpected '",
                "{\"a\":1,} | line 1, column 8: unexpected }",
                "{\"a\":tru} | line 1, column 6: unexpected t",
                "{\"é\":\"🙂\",~\"m\":[{\"ü\":x}]} | line 2, column 11: unexpected x",
                "{\"a\":\"x~y\"} | line 1, column 8: unexpected U+000A, which a text must escape",
                "{\"a\":\"\\q\"} | line 1, column 8: unexpected q",
                "{\"a\":01} | line 1, column 7: unexpected 1",
                "{\"a\":1] | line 1, column 7: unexpected ]",
                "{\"a\":1} {} | line 1, column 9: unexpected {",
                "{\"a\":NaN} | line 1, column 9: NaN and infinity are no numbers of JSON",
            })
    void whatIsNoJsonIsSaidWithItsPlace(String text, String problem) {
        assertThat(refused(text.replace('~', '\n'))).hasMessage("the body is no JSON: " + problem);
    }

    @Test
    void bytesThatAreNoTextAreSaid() {
        byte[] body = "{\"a\":\"ü\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(refused(body)).hasMessage("the body is no JSON: line 1, column 7: a byte that is no UTF-8");
    }

    @Test
    void aFieldThatStandsTwiceIsNamedWithItsPath() {
        assertThat(refused("{\"messages\":[{},{\"role\":\"user\",\"role\":\"user\"}]}")
                        .fields())
                .containsExactly(new Failure.FieldProblem("messages[1].role", "is given twice"));
        assertThat(refused("{\"model\":\"x\",\"model\":\"y\"}").fields())
                .containsExactly(new Failure.FieldProblem("model", "is given twice"));
    }

    @Test
    void whatIsLargerThanABodyMayBeIsSaidInItsOwnWords() {
        String limits =
                "the body has over 1048576 JSON tokens, 1000 levels, 1000 digits of a number or 50000 characters"
                        + " of a name";
        assertThat(refused("[".repeat(1001))).hasMessage(limits);
        assertThat(refused("[" + "9".repeat(1001) + "]")).hasMessage(limits);
        assertThat(refused("{\"" + "k".repeat(50_001) + "\":1}")).hasMessage(limits);
        assertThat(refused("[" + "1,".repeat(1 << 20) + "1]")).hasMessage(limits);
    }

    @Test
    void whatIsNoUtf8IsRefusedWhateverTheParserTakesItFor() {
        assertThat(refused("{\"a\":}".getBytes(StandardCharsets.UTF_16LE))).hasMessage("the body is no JSON in UTF-8");
        assertThat(refused(new byte[] {0, 0, 0, '{', 0x7f, 0, 0, 0})).hasMessage("the body is no JSON in UTF-8");
    }

    /** Cut anywhere, or with any byte in any place. */
    @Test
    void aSpoiltBodyIsReadOrRefusedInWordsOfOurOwn() {
        byte[] sound = "{\"ü\":[1.5e3,-2,\"\\u00e9\\n\",true],\n\"b\":{\"c\":null}}".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < sound.length; i++) {
            assertReadOrRefused(Arrays.copyOf(sound, i));
            for (int value = 0; value < 256; value++) {
                byte[] spoilt = sound.clone();
                spoilt[i] = (byte) value;
                assertReadOrRefused(spoilt);
            }
        }
    }

    private static void assertReadOrRefused(byte[] body) {
        try {
            OpenAiBody.read(body);
        } catch (Failure failure) {
            assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER);
            assertThat(failure.getMessage())
                    .doesNotContainIgnoringCase("source")
                    .doesNotContain("code ", "Json");
        }
    }

    private static Failure refused(String body) {
        return refused(body.getBytes(StandardCharsets.UTF_8));
    }

    private static Failure refused(byte[] body) {
        Failure failure = catchThrowableOfType(Failure.class, () -> OpenAiBody.read(body));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.CALLER);
        return failure;
    }
}
