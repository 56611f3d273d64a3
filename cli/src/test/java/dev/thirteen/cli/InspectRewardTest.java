package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.rollout.v1.RandomTerm;
import dev.thirteen.proto.rollout.v1.RewardTerm;
import dev.thirteen.proto.training.v1.Reward;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class InspectRewardTest {
    private static final Reward NONE = Reward.getDefaultInstance();
    private static final Reward HASH = reward("exact", "hash");
    private static final Reward RANDOM = Reward.newBuilder()
            .addTerms(RewardTerm.newBuilder().setRandom(RandomTerm.newBuilder().setProbability(0.5)))
            .build();

    private static Reward reward(String scorer, String extraction) {
        return Reward.newBuilder().setScorer(scorer).setExtraction(extraction).build();
    }

    private static InspectReward options(String... arguments) {
        return CommandLine.populateCommand(new InspectReward(), arguments);
    }

    @Test
    void theRunJudgesWhereNothingElseIsSaid() {
        assertThat(options().of("mine", HASH)).isEqualTo(HASH);
        assertThat(options().of("mine", RANDOM)).isEqualTo(RANDOM);
    }

    @Test
    void anOptionTakesThePlaceOfTheRuns() {
        assertThat(options("--scorer", "math").of("mine", HASH)).isEqualTo(reward("math", "hash"));
        assertThat(options("--extraction", "boxed").of("mine", HASH)).isEqualTo(reward("exact", "boxed"));
        assertThat(options("--scorer", "math").of("mine", RANDOM)).isEqualTo(reward("math", "auto"));
        assertThat(options("--scorer", "math").of("mine", NONE)).isEqualTo(reward("math", "auto"));
    }

    @Test
    void aRunWithoutScorerIsToldWhichOptionToGive() {
        assertThatThrownBy(() -> options().of("mine", NONE))
                .isInstanceOf(Failure.class)
                .hasMessage("run mine has no reward: say --scorer exact, numeric or math (and --extraction)");
        assertThatThrownBy(() -> options("--extraction", "boxed").of("mine", RANDOM))
                .hasMessageStartingWith("run mine is rewarded by terms, not by one scorer: say --scorer");
    }

    @Test
    void unknownWordsAreRefused() {
        assertThatThrownBy(() -> options("--scorer", "maths").check())
                .hasMessage("--scorer: must be one of exact, numeric, math, it is 'maths'");
        assertThatThrownBy(() -> options("--extraction", "box").check())
                .hasMessage("--extraction: must be one of boxed, hash, last-number, auto, text, it is 'box'");
    }
}
