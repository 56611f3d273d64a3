package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentlyUsedTest {
    private final List<String> made = new ArrayList<>();
    private final RecentlyUsed<String, Integer> kept = new RecentlyUsed<>(3, 10, size -> size);

    private int get(String key, int size) {
        return kept.get(key, () -> {
            made.add(key);
            return size;
        });
    }

    @Test
    void theLeastRecentlyUsedGoesWhenThereAreTooMany() {
        for (String key : List.of("a", "b", "c", "a", "d", "a", "b")) get(key, 1);
        assertThat(made).containsExactly("a", "b", "c", "d", "b");
    }

    @Test
    void thoseThatAreTooLargeTogetherGoAndOneMayBeLargerThanAll() {
        get("a", 4);
        get("b", 4);
        get("c", 4);
        assertThat(get("b", 4)).isEqualTo(4);
        get("huge", 100);
        get("huge", 100);
        get("b", 4);
        assertThat(made).containsExactly("a", "b", "c", "huge", "b");
    }
}
