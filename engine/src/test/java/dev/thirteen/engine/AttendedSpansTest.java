package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttendedSpansTest {
    private static final Span WHOLE = span(5, null);
    private static final Span PROMPT = span(3, null);
    private static final Span OTHER = span(4, null);
    private static final Span FIRST = span(6, OTHER);
    private static final Span SECOND = span(2, PROMPT);
    private static final Span THIRD = span(1, OTHER);

    private static Span span(int length, Span before) {
        return new Span(new int[length], 0, before);
    }

    @Test
    void followersSeeTheirPromptsWhereverThoseLie() {
        AttendedSpans spans = new AttendedSpans(List.of(WHOLE, OTHER, PROMPT, FIRST, SECOND, THIRD));
        List<int[]> ends = spans.ends();
        assertThat(ends.get(0)).containsExactly(0, 5, 9, 12, 18, 20, 21);
        assertThat(ends.get(1)).containsExactly(0, 6, 8, 9);
        assertThat(ends.get(2)).containsExactly(0, 4, 7, 11);
        assertThat(spans.keys(Map.of(OTHER, 5, PROMPT, 9)::get)).containsExactly(5, 6, 7, 8, 9, 10, 11, 5, 6, 7, 8);
        assertThat(spans.facts()).containsExactly(21, 12, 6, 6, 4);
    }

    @Test
    void withoutSharedPromptsThereAreNoFollowers() {
        AttendedSpans spans = new AttendedSpans(List.of(WHOLE, OTHER));
        assertThat(spans.ends().getFirst()).containsExactly(0, 5, 9);
        assertThat(spans.facts()).containsExactly(9, 9, 5, 2, 2);
    }

    /** The kernels are a GPU's; that libtorch knows their signatures is seen anywhere. */
    @Test
    void itsProgramsCompile() {
        Map<String, Integer> constants = Map.of("heads", 4, "kv_heads", 2, "width", 64);
        for (String program : List.of("sequence_forward.py", "sequence_back.py")) {
            assertThatCode(() -> TorchProgram.load(constants, "token_heads.py", "sequence_attention.py", program))
                    .doesNotThrowAnyException();
        }
    }
}
