package dev.thirteen.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopTextTest {
    @Test
    void whatMayBeginAStopStringIsHeld() {
        StopText text = new StopText(List.of("\n\n", "END"));

        assertThat(text.add("a\n")).isEqualTo("a");
        assertThat(text.add("E")).isEqualTo("\n");
        assertThat(text.add("N")).isEmpty();
        assertThat(text.add("E")).isEqualTo("EN");
        assertThat(text.rest()).isEqualTo("E");
        assertThat(text.add("ND of it")).isEmpty();
        assertThat(text.stopped()).isTrue();
        assertThat(text.rest()).isEmpty();
        assertThat(text.add("more")).isEmpty();
    }

    @Test
    void theEarliestStopStringCounts() {
        assertThat(StopText.cut("one two three", List.of("three", "two"))).isEqualTo("one ");
        assertThat(StopText.cut("one", List.of("two"))).isEqualTo("one");
        assertThat(new StopText(List.of("b", "abc")).add("xabc")).isEqualTo("x");
    }

    @Test
    void piecesOfAnyLengthMakeTheTextThatEndsAtTheStop() {
        Random random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            List<String> stops =
                    List.of(letters(random, 1 + random.nextInt(4)), letters(random, 1 + random.nextInt(3)));
            StopText text = new StopText(stops);
            StringBuilder given = new StringBuilder();
            StringBuilder certain = new StringBuilder();
            List<String> pieces = new ArrayList<>();
            while (!text.stopped() && pieces.size() < 10) {
                pieces.add(letters(random, random.nextInt(4)));
                given.append(pieces.getLast());
                certain.append(text.add(pieces.getLast()));
            }
            certain.append(text.rest());
            assertThat(certain.toString()).as(pieces + " " + stops).isEqualTo(StopText.cut(given.toString(), stops));
        }
    }

    private static String letters(Random random, int length) {
        return random.ints(length, 'a', 'c')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
