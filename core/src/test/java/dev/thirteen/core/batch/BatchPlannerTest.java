package dev.thirteen.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlannerTest {
    /** No prefix of one is the prefix of another. */
    private static int[] prompt(int seed, int length) {
        return IntStream.range(0, length).map(i -> 1000 * seed + i).toArray();
    }

    /** The first tokens of one, then those of another. */
    private static int[] joined(int[] beginning, int[] rest) {
        int[] all = Arrays.copyOf(beginning, beginning.length + rest.length);
        System.arraycopy(rest, 0, all, beginning.length, rest.length);
        return all;
    }

    private static PlanTranscript alike(int maxRows, long maxTokens, int promptTokens) {
        return new PlanTranscript(new BatchLimits(maxRows, maxTokens, promptTokens, 16, false));
    }

    @Test
    void groupsStartTogetherAndDecodeInTheSameStep() {
        PlanTranscript play =
                alike(8, 1024, 100).arrives(1, 2, prompt(1, 11), 2, "a").arrives(2, 4, prompt(2, 21), 1, "b");

        assertThat(play.steps(3)).isEqualTo("""
                        admit [1, 2] cache 6x64 fill 1: 0-10, 2: 0-20 decode
                        cache 6x64 decode
                        cache 6x64""");
    }

    @Test
    void nothingOvertakesTheHeadOfTheQueue() {
        PlanTranscript play = alike(8, 1024, 100)
                .arrives(1, 6, prompt(1, 11), 3, "a")
                .arrives(2, 4, prompt(2, 21), 1, "a")
                .arrives(3, 1, prompt(3, 2), 1, "a");

        assertThat(play.steps(4)).isEqualTo("""
                        admit [1] cache 6x64 fill 1: 0-10 decode
                        cache 6x64 decode
                        cache 6x64 decode
                        admit [2, 3] cache 6x64 fill 2: 0-20, 3: 0-1 decode""");
    }

    @Test
    void aLongPromptLeavesHalfOfTheRoomToShortOnes() {
        PlanTranscript play = alike(8, 4096, 100)
                .arrives(1, 1, prompt(1, 1), 9, "a")
                .arrives(2, 1, prompt(2, 301), 9, "a")
                .arrives(3, 1, prompt(3, 31), 9, "a")
                .arrives(4, 1, prompt(4, 61), 9, "a");

        assertThat(play.steps(5)).isEqualTo("""
                        admit [1, 2, 3, 4] cache 4x320 fill 2: 0-70, 3: 0-30 decode
                        cache 4x320 fill 2: 70-120, 4: 0-50 decode
                        cache 4x320 fill 2: 120-210, 4: 50-60 decode
                        cache 4x320 fill 2: 210-300 decode
                        cache 4x320 decode""");
    }

    @Test
    void whileNoRowDecodesShortPromptsComeTogetherAndALongOneWaitsForNobody() {
        PlanTranscript play = alike(64, 65_536, 100).arrives(1, 1, prompt(1, 301), 9, "a");
        for (int id = 2; id < 6; id++) play.arrives(id, 1, prompt(id, 91), 90, "a");

        assertThat(play.steps(3)).isEqualTo("""
                        admit [1, 2, 3, 4, 5] cache 5x320 fill 1: 0-100, 2: 0-90, 3: 0-90, 4: 0-90, 5: 0-90 decode
                        cache 5x320 fill 1: 100-200 decode
                        cache 5x320 fill 1: 200-300 decode""");
    }

    @Test
    void whereChunksBeginDependsOnThePromptAlone() {
        PlanTranscript play = new PlanTranscript(new BatchLimits(8, 4096, 100, 16, true))
                .keeps("a", prompt(1, 200))
                .arrives(1, 2, prompt(1, 251), 1000, "a")
                .arrives(2, 1, prompt(2, 31), 1, "a");

        assertThat(play.steps(4)).isEqualTo("""
                        admit [1] cache 3x1280 fill 1: 0-100
                        cache 3x1280 fill 1: 100-200
                        cache 3x1280 fill 1: 200-250 decode
                        cache 3x1280 decode""");
    }

    @Test
    void aPromptTakesItsBeginningFromTheLongestOneOfItsPolicy() {
        int[] question = joined(prompt(1, 40), prompt(2, 11));
        PlanTranscript play = alike(8, 4096, 100)
                .keeps("a", prompt(1, 20))
                .keeps("b", prompt(1, 40))
                .keeps("a", prompt(1, 30))
                .keeps("a", prompt(3, 40))
                .arrives(1, 2, question, 1, "a");

        assertThat(play.steps(1)).isEqualTo("""
                        admit [1] cache 8x64 fill 1: 30-50 from kept 2 decode""");
    }

    @Test
    void aShortBeginningIsNotWorthIt() {
        PlanTranscript play = alike(8, 4096, 100)
                .keeps("a", prompt(1, 15))
                .arrives(1, 1, joined(prompt(1, 15), prompt(2, 11)), 1, "a");

        assertThat(play.steps(1)).isEqualTo("admit [1] cache 2x64 fill 1: 0-25 decode");
    }

    @Test
    void ofPromptsThatBeginAlikeOneIsComputedAndTheOthersCopyIt() {
        PlanTranscript play = alike(8, 4096, 100)
                .arrives(1, 1, joined(prompt(1, 40), prompt(2, 11)), 5, "a")
                .arrives(2, 1, joined(prompt(1, 40), prompt(3, 6)), 5, "a")
                .arrives(3, 1, joined(prompt(1, 40), prompt(4, 6)), 5, "b");

        assertThat(play.steps(2)).isEqualTo("""
                        admit [1, 2, 3] cache 3x64 fill 1: 0-50, 3: 0-45 decode
                        cache 3x64 fill 2: 40-45 from group 1 decode""");
    }

    @Test
    void whatIsKeptGoesBeforeAGroupWaitsAndWhatItUsesGoesLast() {
        PlanTranscript play = alike(8, 256, 100)
                .keeps("a", prompt(1, 64))
                .keeps("a", prompt(2, 64))
                .keeps("a", prompt(3, 64))
                .keeps("a", prompt(4, 64))
                .arrives(1, 3, prompt(1, 60), 4, "a");

        assertThat(play.steps(1)).isEqualTo("evict [1, 2, 3] admit [1] cache 4x64 fill 1: 59-59 from kept 0 decode");
    }

    /** Room for 10 rows of 100 tokens: at first it is enough for what groups hold and a quarter of what they may draw. */
    @Test
    void theYoungestGroupWaitsAgainWhenTheRoomDoesNotLast() {
        PlanTranscript play =
                alike(10, 1000, 500).arrives(1, 5, prompt(1, 11), 189, "a").arrives(2, 4, prompt(2, 11), 189, "a");

        assertThat(play.steps(1)).isEqualTo("admit [1, 2] cache 9x111 fill 1: 0-10, 2: 0-10 decode");
        // Lengths of 12 to 111 have room.
        assertThat(play.steps(100).lines().distinct()).containsExactly("cache 9x111 decode");
        assertThat(play.steps(1)).isEqualTo("preempt [2] cache 5x192 decode");
        assertThat(play.steps(87).lines().distinct()).containsExactly("cache 5x192 decode", "cache 5x200 decode");
        assertThat(play.steps(1)).isEqualTo("admit [2] cache 5x200 fill 2: 0-111 decode");
    }

    /** Whatever comes, the cache stays within its limits, everything ends, and no plan is empty while something runs. */
    @Test
    void noLoadExceedsTheLimitsOrStopsThePlan() {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            BatchLimits limits = new BatchLimits(
                    1 + random.nextInt(12),
                    64 + random.nextInt(1000),
                    8 + random.nextInt(80),
                    random.nextInt(3) * 4,
                    random.nextInt(5) == 0);
            PlanTranscript play = new PlanTranscript(limits);
            if (limits.shares()) play.keepEnded();
            int coming = 40;
            int steps = 0;
            while (coming > 0 || !play.over()) {
                for (; coming > 0 && random.nextInt(3) == 0; coming--) arrives(play, coming, limits, random);
                play.step();
                assertThat(steps++).as("seed %d", seed).isLessThan(20_000);
            }
        }
    }

    private static void arrives(PlanTranscript play, long id, BatchLimits limits, SplittableRandom random) {
        int rows = 1 + random.nextInt(limits.maxRows());
        int longest = Math.toIntExact(limits.maxTokens() / rows);
        if (longest < 2) return;
        int length = 1 + random.nextInt(longest - 1);
        int[] tokens = random.ints(length, 0, 2).toArray();
        if (random.nextBoolean()) Arrays.fill(tokens, 7);
        play.arrives(id, rows, tokens, 1 + random.nextInt(longest - length), "ab".substring(random.nextInt(2)));
    }
}
