package dev.thirteen.core.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Against scripts/golden_statistics.py: HumanEval's and OpenCompass' estimators, scipy, statsmodels, listed subsets. */
class EstimatorsGoldenTest {
    private static final JsonNode GOLDEN = Golden.file("statistics.json");

    @Test
    void estimatesOverSubsetsEqualThePublishedEstimators() {
        for (JsonNode row : GOLDEN.get("subsets")) {
            int n = row.get("n").asInt();
            int c = row.get("c").asInt();
            int k = row.get("k").asInt();
            String what = row.toString();
            assertThat(Subsets.anyOf(n, c, k)).as(what).isCloseTo(number(row, "any"), within(1e-10));
            assertThat(Subsets.allOf(n, c, k)).as(what).isCloseTo(number(row, "all"), within(1e-10));
            assertThat(Subsets.meanShareOf(n, c, k)).as(what).isCloseTo(number(row, "meanShare"), within(1e-10));
            for (Map.Entry<String, JsonNode> share : row.get("share").properties()) {
                assertThat(Subsets.shareOf(n, c, k, Double.parseDouble(share.getKey())))
                        .as(what)
                        .isCloseTo(share.getValue().asDouble(), within(1e-10));
            }
        }
    }

    @Test
    void majorityVotesEqualTheListOfAllSubsets() {
        for (JsonNode row : GOLDEN.get("majority")) {
            MajorityVote vote = vote(row);
            int k = row.get("k").asInt();
            double expected = number(row, "value");

            assertThat(vote.of(k, 0)).as(row.toString()).isEqualTo(new MajorityVote.Estimate(vote.counted(k), 0));
            assertThat(vote.counted(k)).as(row.toString()).isCloseTo(expected, within(1e-12));
            MajorityVote.Estimate drawn = vote.drawn(k, 7, 2_000);
            // Five standard errors, and three draws of 2,000 where draws that all agree leave none.
            assertThat(drawn.value()).as(row.toString()).isCloseTo(expected, within(5 * drawn.error() + 0.0015));
        }
    }

    @Test
    void votesThatCannotBeCountedAreDrawnWithTheirError() {
        int[] wrong = new int[200];
        java.util.Arrays.fill(wrong, 2);
        MajorityVote.Estimate estimate = new MajorityVote(300, wrong, 0).of(400, 3);

        assertThat(estimate.value()).isEqualTo(1);
        MajorityVote close = new MajorityVote(150, new int[] {150}, 0);
        assertThat(close.of(299, 3).value())
                .isCloseTo(0.5, within(5 * close.of(299, 3).error()));
        assertThat(close.of(299, 3)).isEqualTo(close.of(299, 3));
        assertThat(close.of(299, 3).error()).isCloseTo(0.005, within(1e-4));
    }

    private static MajorityVote vote(JsonNode row) {
        int[] wrong = StreamSupport.stream(row.get("wrong").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        return new MajorityVote(
                row.get("right").asInt(), wrong, row.get("silent").asInt());
    }

    @Test
    void standardErrorsAreThoseOfClusteredRegression() {
        for (JsonNode row : GOLDEN.get("clustered")) {
            List<double[]> clusters = new ArrayList<>();
            row.get("clusters").forEach(cluster -> clusters.add(Golden.numbers(cluster)));
            ClusteredMean mean = ClusteredMean.of(clusters);

            assertThat(mean.mean()).isCloseTo(number(row, "mean"), within(1e-12));
            assertThat(mean.standardError()).isCloseTo(number(row, "standardError"), within(1e-12));
        }
    }

    @Test
    void theBootstrapIsCloseToTheDistributionOverAllResamples() {
        for (JsonNode row : GOLDEN.get("bootstrap")) {
            PairedBootstrap found = PairedBootstrap.of(Golden.numbers(row.get("differences")), 20_000, 5);

            assertThat(found.difference()).isCloseTo(number(row, "difference"), within(1e-12));
            // The distribution has steps of 1/12 and 1/24: a quantile may fall on a neighbour.
            assertThat(found.low()).isCloseTo(number(row, "low"), within(0.0834));
            assertThat(found.high()).isCloseTo(number(row, "high"), within(0.0834));
            assertThat(found.pValue()).isCloseTo(number(row, "pValue"), within(0.02));
        }
    }

    @Test
    void holmAndMcNemarAreThoseOfStatsmodelsAndScipy() {
        for (JsonNode row : GOLDEN.get("holm")) {
            assertThat(Holm.adjust(Golden.numbers(row.get("p"))))
                    .containsExactly(Golden.numbers(row.get("adjusted")), within(1e-12));
        }
        for (JsonNode row : GOLDEN.get("mcnemar")) {
            assertThat(McNemar.twoSidedExact(
                            row.get("won").asInt(), row.get("lost").asInt()))
                    .isCloseTo(number(row, "p"), within(1e-12));
        }
    }

    @Test
    void rougeIsGooglesWithoutStemming() {
        for (JsonNode row : GOLDEN.get("rouge")) {
            assertThat(RougeL.f1(row.get("reference").asText(), row.get("text").asText()))
                    .as(row.toString())
                    .isCloseTo(number(row, "f1"), within(1e-12));
        }
    }

    /** Table 1 of Yao et al. 2024 defines pass^k by C(c, k) / C(n, k); pass@k of one is c / n. By hand: C(3,2) / C(5,2). */
    @Test
    void smallCasesAreWhatOneCountsByHand() {
        assertThat(Subsets.allOf(5, 3, 2)).isCloseTo(0.3, within(1e-15));
        assertThat(Subsets.anyOf(5, 3, 2)).isCloseTo(0.9, within(1e-15));
        assertThat(Subsets.anyOf(8, 3, 1)).isCloseTo(0.375, within(1e-15));
        assertThat(Subsets.shareOf(30, 30, 30, 0.1)).isEqualTo(1);
        assertThat(PairedBootstrap.of(new double[0], 100, 0).pValue()).isEqualTo(1);
    }

    private static double number(JsonNode row, String key) {
        return row.get(key).asDouble();
    }
}
