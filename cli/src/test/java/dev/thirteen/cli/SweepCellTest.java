package dev.thirteen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.thirteen.core.failure.Failure;
import dev.thirteen.proto.training.v1.RunSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepCellTest {
    @TempDir
    private Path folder;

    private SweepFiles files;

    @BeforeEach
    void files() {
        files = new SweepFiles(folder);
    }

    private List<SweepCell> cells(String grids) {
        return SweepCell.of(files.read("name: s\nrun: run.yaml\ngrids:\n" + grids));
    }

    private static List<RunSpec> specs(List<SweepCell> cells) {
        return cells.stream().map(cell -> cell.file().spec()).toList();
    }

    @Test
    void aGridIsEveryCombinationOfItsAxes() {
        List<SweepCell> cells = cells("- {name: g, set: {steps: 5}, over: {seed: [1, 2, 3], adapter.u: [1, 4]}}");

        assertThat(specs(cells))
                .extracting(spec ->
                        spec.getSampling().getSeed() + "/" + spec.getAdapter().getU() + "/" + spec.getSteps())
                .containsExactly("1/1/5", "1/4/5", "2/1/5", "2/4/5", "3/1/5", "3/4/5");
        assertThat(cells)
                .extracting(SweepCell::run)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("s-[0-9a-f]{12}"));
    }

    @Test
    void namesDependOnTheDefinitionAlone() {
        String there = cells("- {name: g, over: {seed: [1, 2]}}").getFirst().run();
        String elsewhere = cells("- {name: other, set: {adapter.u: 13}, over: {steps: [3, 4]}}")
                .getFirst()
                .run();

        assertThat(elsewhere).isEqualTo(there);
    }

    @Test
    void aCellOfTwoGridsIsOneRun() {
        List<SweepCell> cells = cells("- {name: g, over: {adapter.u: [1, 13]}}\n- {name: h, over: {seed: [1, 2]}}");

        assertThat(cells).hasSize(3);
        assertThat(cells).extracting(SweepCell::grids).containsExactly(List.of("g"), List.of("g", "h"), List.of("h"));
    }

    @Test
    void aPointMayChangeSeveralKeysAndReplaceOrRemoveASection() {
        List<SweepCell> cells = cells("""
                        - name: g
                          over:
                            size:
                              - {adapter.u: 4, optimizer.learning-rate: 0.5}
                              - {adapter: {type: lora, rank: 1}}
                              - {algorithm.name: sft, reward: }
                        """);

        assertThat(cells.getFirst().file().spec().getAdapter().getU()).isEqualTo(4);
        assertThat(cells.getFirst().file().spec().getOptimizer().getLearningRate())
                .isEqualTo(0.5);
        assertThat(cells.get(1).file().spec().getFamilyAdapter().getLora().getRank())
                .isEqualTo(1);
        assertThat(cells.get(1).file().spec().hasAdapter()).isFalse();
        assertThat(cells.get(2).file().spec().hasReward()).isFalse();
        assertThat(cells.get(1).keys())
                .containsEntry("adapter.type", "lora")
                .containsEntry("adapter.u", "")
                .containsEntry("adapter.rank", "1");
        assertThat(cells.getFirst().keys()).containsEntry("adapter.rank", "2").containsEntry("adapter.u", "4");
    }

    @Test
    void modulesAreAnAxis() {
        List<SweepCell> cells =
                cells("- {name: g, over: {adapter.target-modules: [[q_proj, v_proj], '.*down_proj', all]}}");

        assertThat(specs(cells))
                .extracting(spec -> spec.getAdapter().getTargetModulesCount() + "/"
                        + spec.getAdapter().getTargetPattern())
                .containsExactly("2/", "0/.*down_proj", "0/");
        assertThat(cells)
                .extracting(cell -> cell.keys().get("adapter.target-modules"))
                .containsExactly("[q_proj, v_proj]", ".*down_proj", "all");
    }

    @Test
    void keysThatAreTheSameEverywhereAreNoColumns() {
        List<SweepCell> cells = cells("- {name: g, set: {steps: 9}, over: {seed: [1, 2], adapter.u: [5]}}");

        assertThat(cells.getFirst().keys()).containsOnlyKeys("seed");
    }

    @Test
    void keysOfFiguresAreKeptThoughTheyAreTheSameEverywhere() {
        String sweep = """
                name: s
                run: run.yaml
                grids:
                - {name: g, over: {seed: [1, 2], optimizer.learning-rate: [0.5]}}
                plots:
                - {name: f, grids: [g], x: optimizer.learning-rate, y: difference, series: [grid], where: {adapter.u: 13}}
                """;

        assertThat(SweepCell.of(files.read(sweep)).getFirst().keys())
                .isEqualTo(Map.of("seed", "1", "optimizer.learning-rate", "0.5", "adapter.u", "13"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x: optimizer.learning-rte                      | no run of its grids has a number at 'optimizer.learning-rte'",
                "x: numbers, y: accurcy                         | no run of its grids has a number at 'accurcy'",
                "x: prompt.user                                 | no run of its grids has a number at 'prompt.user'",
                "x: numbers, where: {adapter.u: 14}             | no run of its grids has {adapter.u=14}",
                "x: numbers, series: [grid, algorithm.nam]      | no run of its grids has the key 'algorithm.nam'"
            })
    void aFigureThatWouldBeEmptyIsRefused(String figure, String flaw) {
        String sweep =
                "name: s\nrun: run.yaml\ngrids: [{name: g, over: {seed: [1, 2]}}]\nplots: [{name: f, grids: [g], "
                        + figure + "}]\n";

        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> SweepCell.of(files.read(sweep)))
                .withMessageStartingWith("plots: the figure 'f' would be empty: " + flaw);
    }

    @Test
    void aWrongValueIsSaidWithItsLineAndItsCell() {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> cells("- {name: g, over: {adapter.rank: [2, few], seed: [7]}}"))
                .withMessageContaining("run.yaml:6: adapter.rank: is 'few' (must be a whole number)")
                .withMessageContaining("in grid g with adapter.rank: few, seed: 7");
    }

    @Test
    void aSweepFileSaysAllThatIsWrongWithIt() {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> files.read("""
                        name: s
                        run: no.yaml
                        at-once: 0
                        evaluation: {adapters-at-once: 64}
                        grids:
                        - {name: g, over: {seed: 3}}
                        plots:
                        - {name: f, grids: [x], x: numbers, colour: red}
                        """))
                .withMessageContaining("sweep.yaml:2: run: there is no file")
                .withMessageContaining("sweep.yaml:3: at-once: is '0' (must be a whole number from 1 to 2147483647)")
                .withMessageContaining(
                        "sweep.yaml:4: evaluation.adapters-at-once: is '64' (must be a whole number from 1 to 63)")
                .withMessageContaining("sweep.yaml:6: grids.0.over.seed: must be a list")
                .withMessageContaining("sweep.yaml:8: plots.0.grids: there is no grid 'x'")
                .withMessageContaining("plots.0.colour: unknown key");
    }

    @Test
    void theExampleIsTwelveRuns() {
        Path home = Path.of(System.getProperty("thirteen.home", ".."));
        SweepFile sweep = SweepFile.read(home.resolve("examples/sweeps/learning-rate.yaml"));

        assertThat(SweepCell.of(sweep)).hasSize(12);
        assertThat(sweep.plots()).hasSize(1);
    }
}
