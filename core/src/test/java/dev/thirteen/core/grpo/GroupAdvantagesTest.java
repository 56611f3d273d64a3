package dev.thirteen.core.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.Golden;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupAdvantagesTest {
    @Test
    void advantagesEqualTheGoldenOnes() {
        Map<String, GroupAdvantages> names = Map.of(
                "group_standardised", GroupAdvantages.STANDARDISED,
                "group_centred", GroupAdvantages.CENTRED,
                "leave_one_out", GroupAdvantages.LEAVE_ONE_OUT);
        JsonNode groups = Golden.file("advantages.json").get("groups");

        assertThat(groups).hasSizeGreaterThan(8);
        for (JsonNode group : groups) {
            double[] rewards = Golden.numbers(group.get("rewards"));
            names.forEach((name, estimator) -> assertThat(estimator.of(rewards))
                    .as("%s of %s", name, group.get("rewards"))
                    .usingComparatorWithPrecision(1e-9)
                    .containsExactly(Golden.numbers(group.get(name))));
        }
    }

    @Test
    void equalRewardsHaveNoSignalAtAll() {
        // In doubles the mean of three 0.1 is not 0.1.
        for (GroupAdvantages estimator : GroupAdvantages.values()) {
            assertThat(estimator.of(new double[] {0.1, 0.1, 0.1})).containsExactly(0, 0, 0);
        }
    }

    @Test
    void standardisedAdvantagesDoNotDependOnTheScaleOfRewards() {
        double[] small = GroupAdvantages.STANDARDISED.of(new double[] {1, 0, 0, 1});
        double[] large = GroupAdvantages.STANDARDISED.of(new double[] {1000, 0, 0, 1000});

        for (int i = 0; i < 4; i++) assertThat(small[i]).isCloseTo(large[i], within(1e-5));
    }

    @Test
    void estimatorsThatNeedTwoSamplesRefuseOne() {
        assertThatThrownBy(() -> GroupAdvantages.STANDARDISED.of(new double[] {1}))
                .hasMessageContaining("at least 2");
        assertThatThrownBy(() -> GroupAdvantages.LEAVE_ONE_OUT.of(new double[] {1}))
                .hasMessageContaining("at least 2");
        assertThat(GroupAdvantages.CENTRED.of(new double[] {1})).containsExactly(0);
    }

    @Test
    void rewardsThatAreNotFiniteAreRefused() {
        assertThatThrownBy(() -> GroupAdvantages.CENTRED.of(new double[] {1, Double.NaN}))
                .hasMessageContaining("not finite");
    }
}
