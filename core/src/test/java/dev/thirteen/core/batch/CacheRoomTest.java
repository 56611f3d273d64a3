package dev.thirteen.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CacheRoomTest {
    private static final long USUAL = 131_072;

    /** 12 KiB a token, as a 0.5B in bf16; a longest sequence of 2,048 tokens in 24 layers. */
    private static CacheRoom room(long freeBytes) {
        return new CacheRoom(freeBytes, 12_288, CacheRoom.leastTokens(2048, 24));
    }

    @Test
    void theUsualBudgetStaysWhereTwoOfItFit() {
        assertThat(room(2 * USUAL * 12_288).budget(USUAL)).hasValue(USUAL);
    }

    @Test
    void aSmallMemoryGivesHalfOfWhatItHas() {
        assertThat(room(USUAL * 12_288).budget(USUAL)).hasValue(USUAL / 2);
    }

    @Test
    void theLongestSequenceHasRoomThoughNothingElseHas() {
        // 2048 x 49 / 48 = 2090.7
        assertThat(CacheRoom.leastTokens(2048, 24)).isEqualTo(2091);
        assertThat(room(2091 * 12_288).budget(USUAL)).hasValue(2091);
        assertThat(room(2091 * 12_288 - 1).budget(USUAL)).isEmpty();
        assertThat(room(-1).budget(USUAL)).isEmpty();
    }

    @Test
    void aBudgetThatWasAskedForFitsToTheLastByte() {
        assertThat(room(USUAL * 12_288).fits(USUAL)).isTrue();
        assertThat(room(USUAL * 12_288 - 1).fits(USUAL)).isFalse();
        assertThat(room(USUAL * 12_288 - 1).mostTokens()).isEqualTo(USUAL - 1);
    }
}
