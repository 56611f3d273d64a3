package dev.thirteen.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.data.Problem;
import dev.thirteen.proto.rollout.v1.ChoiceTerm;
import dev.thirteen.proto.rollout.v1.RewardTerm;
import dev.thirteen.proto.rollout.v1.WrongLabelTerm;
import dev.thirteen.proto.training.v1.DataSet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetsTest {
    private static final RewardTerm WRONG = RewardTerm.newBuilder()
            .setName("wrong")
            .setWeight(1)
            .setWrongLabel(WrongLabelTerm.newBuilder().setScorer("numeric").setExtraction("boxed"))
            .build();

    private static List<Problem> training(Path cache, RewardTerm term, String... lines) {
        Blobs blobs = EngineFixture.open(cache, Fixtures.index()).blobs();
        String digest = blobs.put((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        var spec = EngineFixture.spec(1).setDataSet(DataSet.newBuilder().setBlobDigest(digest));
        spec.getRewardBuilder().clear().addTerms(term);
        return new DataSets(blobs).training(RunWire.spec(spec.build()));
    }

    @Test
    void problemsWithoutAWrongAnswerAreLeftOutWhereThatIsRewarded(@TempDir Path cache) {
        String one = "{\"id\": \"a\", \"question\": \"1+1\", \"answer\": \"2\", \"wrong_answer\": \"11\"}";
        String none = "{\"id\": \"b\", \"question\": \"2+2\", \"answer\": \"4\"}";
        String bad = "{\"id\": \"c\", \"question\": \"3+3\", \"answer\": \"6\", \"wrong_answer\": \"many\"}";

        assertThat(training(cache, WRONG, one, none)).containsExactly(new Problem("a", "1+1", "2", "11"));
        assertThatThrownBy(() -> training(cache, WRONG, none))
                .hasMessageContaining("needs problems with a wrong_answer, and none of the data set has one");
        assertThatThrownBy(() -> training(cache, WRONG, one, bad))
                .hasMessage("problem 'c', under term wrong: wrong_answer: the answer is no number: many");
    }

    @Test
    void aLabelThatNamesNoChoiceIsRefused(@TempDir Path cache) {
        RewardTerm choice = RewardTerm.newBuilder()
                .setName("letter")
                .setWeight(1)
                .setChoice(ChoiceTerm.getDefaultInstance())
                .build();

        assertThatThrownBy(
                        () -> training(cache, choice, "{\"id\": \"a\", \"question\": \"Who?\", \"answer\": \"Alice\"}"))
                .hasMessage("problem 'a', under term letter: the right answer names no letter from A to Z: Alice");
    }
}
