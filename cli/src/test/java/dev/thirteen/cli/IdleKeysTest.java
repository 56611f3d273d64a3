package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.OffPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that can have no effect because of what another key is: in a run file, and in the cells of a sweep. */
class IdleKeysTest {
    private static final String GOOD = RunFiles.GOOD;

    @TempDir
    private Path folder;

    private String refusal(String text) {
        return new RunFiles(folder).refusal(text);
    }

    /** GOOD with a section of its own, in place of one of the same name. */
    private static String with(String section) {
        String name = section.substring(0, section.indexOf(':') + 1);
        return GOOD.replaceAll("(?m)^" + name + ".*\n", "") + section + "\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "optimizer: {learning-rate: 1, last-learning-rate: 0.1}"
                        + "| optimizer.last-learning-rate: has no meaning with decay: constant: drop it, or use linear or cosine",
                "algorithm: {importance: off, importance-cap: 2}"
                        + "| algorithm.importance-cap: has no meaning with importance: off: drop it, or use capped or masked",
                "algorithm: {importance: uncapped, importance-cap: 2}"
                        + "| algorithm.importance-cap: has no meaning with importance: uncapped: drop it, or use capped or masked",
                "algorithm: {importance-floor: 0.1}"
                        + "| algorithm.importance-floor: has no meaning without importance: masked: drop it",
                "algorithm: {kl-estimator: k2}"
                        + "| algorithm.kl-estimator: has no meaning without kl-in-loss: drop it, or give that a number above 0",
                "algorithm: {kl-in-loss: 0, kl-estimator: k3}"
                        + "| algorithm.kl-estimator: has no meaning without kl-in-loss: drop it, or give that a number above 0",
                "algorithm: {max-refills: 3}"
                        + "| algorithm.max-refills: has no meaning without dynamic-sampling: true: drop it",
                "algorithm: {overlong-buffer: 3}"
                        + "| algorithm.overlong-buffer: has no meaning without truncated: shape: drop it",
                "algorithm: {name: rloo, clip-low: 0.2}"
                        + "| algorithm.clip-low: has no meaning with name: rloo, which does not clip: drop it",
                "adapter: {tying: all, n-tie: 3}"
                        + "| adapter.n-tie: has no meaning with tying: all: drop it, or use tiled or structured",
                "adapter: {budget: 49, u: 3}" + "| adapter.u: has no meaning with a budget, which decides it: drop it",
                "adapter: {type: lora-xs, seed: 3}"
                        + "| adapter.seed: has no meaning with type: lora-xs, which draws nothing: drop it",
                "adapter: {type: bitfit, seed: 3}"
                        + "| adapter.seed: has no meaning with type: bitfit, which draws nothing: drop it",
                "adapter: {type: full, seed: 3}"
                        + "| adapter.seed: has no meaning with type: full, which draws nothing: drop it",
                "adapter: {type: adalora, initial-rank: 4, target-rank: 4, interval: 3}"
                        + "| adapter.interval: has no meaning where target-rank is initial-rank and all triplets stay: drop it",
                "reward: {scorer: exact, terms: [{type: choice}]}"
                        + "| reward.scorer: has no meaning beside terms: drop it",
                "data-set: {generator: arithmetic, split: rl, fields: {id: x}}"
                        + "| data-set.fields: has no meaning without file: drop it",
            })
    void aKeyThatCanHaveNoEffectIsRefusedWithItsReason(String section, String problem) {
        String text = with(section);
        assertThat(refusal(text)).isEqualTo("run.yaml:" + text.lines().count() + ": " + problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "importance-cap: 2   | algorithm.importance-cap: has no meaning with name: sft, which samples nothing: drop it",
                "importance: masked  | algorithm.importance: has no meaning with name: sft, which samples nothing: drop it",
            })
    void supervisedRunsCorrectNoSamples(String key, String problem) {
        String text = GOOD.replaceAll("reward: .*\n", "") + "algorithm: {name: sft, " + key + "}\n";
        assertThat(refusal(text)).isEqualTo("run.yaml:7: " + problem);
    }

    @Test
    void supervisedRunsJudgeNothingAndWaitForNoGroup() {
        assertThat(refusal(GOOD + "algorithm: {name: sft}\ngroup-deadline: 1m\n"))
                .isEqualTo("""
                run.yaml:5: reward: has no meaning with algorithm.name: sft, which judges nothing: drop it
                run.yaml:9: group-deadline: has no meaning with algorithm.name: sft, which asks for no groups: drop it""");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "algorithm: {importance-cap: 0}",
                "algorithm: {importance: masked, importance-cap: 3, importance-floor: 0.1}",
                "algorithm: {kl-in-loss: 0.1, kl-estimator: k2}",
                "algorithm: {clip-low: 0.2, clip-high: 0.28}",
                "algorithm: {name: rloo, clip-low: 0, clip-high: 0}",
                "optimizer: {learning-rate: 1, decay: linear, last-learning-rate: 0.1}",
                "adapter: {type: vera, seed: 3}",
                "adapter: {type: adalora, interval: 3, warmup-steps: 0}",
                "adapter: {type: adalora, initial-rank: 4, target-rank: 4, final-steps: 1}"
            })
    void whatHasAnEffectIsTaken(String section) {
        assertThatCode(() -> new RunFiles(folder).read(with(section))).doesNotThrowAnyException();
    }

    /** The server would refuse it. */
    @ParameterizedTest
    @ValueSource(strings = {"off", "uncapped"})
    void aWeightWithoutACapIsSentWithoutOne(String importance) {
        RunFile file = new RunFiles(folder).read(with("algorithm: {importance: " + importance + "}"));
        assertThat(file.spec().getAlgorithm().getImportanceCap()).isZero();
    }

    private List<SweepCell> cells(String grids) {
        return SweepCell.of(new SweepFiles(folder).read("name: s\nrun: run.yaml\ngrids:\n" + grids));
    }

    @Test
    void aCellLeavesOutWhatHasNoEffectThere() {
        List<SweepCell> cells = cells("""
                - name: g
                  set: {optimizer.last-learning-rate: 0.001}
                  over: {optimizer.decay: [constant, cosine]}
                """);

        assertThat(cells)
                .extracting(cell -> cell.file().spec().getOptimizer().getLastLearningRate())
                .containsExactly(0.0, 0.001);
        assertThat(cells)
                .extracting(cell -> cell.keys().get("optimizer.last-learning-rate"))
                .containsExactly("", "0.001");
        assertThat(cells)
                .extracting(SweepCell::leftOut)
                .containsExactly(Set.of("optimizer.last-learning-rate"), Set.of());
    }

    @Test
    void cellsThatDifferInWhatHasNoEffectAreOneRun() {
        List<SweepCell> cells = cells("""
                - name: g
                  over: {algorithm.importance: [off, masked], algorithm.importance-floor: [0.1, 0.2, 0.3]}
                """);

        assertThat(cells)
                .extracting(cell -> cell.file().spec().getAlgorithm().getOffPolicy())
                .containsExactly(
                        OffPolicy.OFF_POLICY_OFF,
                        OffPolicy.OFF_POLICY_MASKED,
                        OffPolicy.OFF_POLICY_MASKED,
                        OffPolicy.OFF_POLICY_MASKED);
        assertThat(cells.getFirst().run())
                .isEqualTo(cells("- {name: g, over: {algorithm.importance: [off, masked]}}")
                        .getFirst()
                        .run());
    }

    @Test
    void algorithmsAreAnAxisWhateverOneOfThemDoesNotHave() {
        List<SweepCell> cells = cells("""
                - name: g
                  set: {algorithm.clip-high: 0.3, samples-per-group: 1}
                  over: {algorithm.name: [reinforce++, sft]}
                """);

        assertThat(cells)
                .extracting(cell -> cell.file().spec().getAlgorithm().getClipHigh())
                .containsExactly(0.3, 0.0);
        assertThat(cells).extracting(cell -> cell.file().spec().hasReward()).containsExactly(true, false);
    }

    @Test
    void whatHasNoEffectInAnyCellIsRefused() {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> cells("- {name: g, set: {algorithm.kl-estimator: k2}, over: {seed: [1, 2]}}"))
                .withMessageEndingWith("""
                        algorithm.kl-estimator: has no meaning without kl-in-loss: drop it, or give that a number above 0
                          in every cell that has it, such as that of grid g with algorithm.kl-estimator: k2, seed: 1""");
    }
}
