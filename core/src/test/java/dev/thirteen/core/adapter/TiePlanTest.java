package dev.thirteen.core.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiePlanTest {
    @ParameterizedTest
    @CsvSource({
        // One v of 13 for 196 modules of 4 numbers each; a v of 32 for a module of 4.
        "28, ALL, 1, 13, 13",
        "28, TILED, 1, 1, 196",
        "28, TILED, 1, 4, 784",
        "28, TILED, 1, 32, 784",
        "28, TILED, 2, 32, 784",
        "28, TILED, 16, 64, 784",
        // 12 groups of 16 modules and one of 4: 12 x 64 + 16.
        "28, TILED, 16, 100, 784",
        "28, TILED, 16, 20, 256"
    })
    void moreValuesThanAGroupHasDirectionsAreNoFreedom(int layers, Tying tying, int tieSize, int u, int free) {
        assertThat(TiePlan.of(shape(layers), spec(tying, tieSize, u)).degreesOfFreedom(2))
                .isEqualTo(free);
    }

    /** 196 modules. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 196, 1",
        "13, 1, 16, 13",
        "49, 1, 4, 49",
        "120, 1, 2, 98",
        "195, 1, 2, 98",
        "196, 1, 1, 196",
        "391, 1, 1, 196",
        "392, 2, 1, 392",
        "6272, 32, 1, 6272"
    })
    void aBudgetIsSpentOnVectorsBeforeTheyAreTied(long numbers, int u, int tieSize, int trained) {
        ModelShape shape = shape(28);
        TinyLoraSpec spent = new TinyLoraBudget(numbers).spend(shape, spec(Tying.ALL, 1, 5));
        assertThat(spent.rank()).isEqualTo(2);
        assertThat(spent.u()).isEqualTo(u);
        assertThat(spent.tieSize()).isEqualTo(tieSize);
        assertThat(TiePlan.of(shape, spent).trainedNumbers()).isEqualTo(trained);
    }

    /** Every size of arXiv 2602.04118, table 2, figure 1 and figure 4: Qwen2.5-7B has 28 layers, 3B has 36. */
    @ParameterizedTest
    @CsvSource({
        // Table 2
        "28, TILED, 16, 1, 13",
        "28, TILED, 4, 1, 49",
        "28, TILED, 1, 1, 196",
        "28, TILED, 1, 2, 392",
        "28, TILED, 1, 32, 6272",
        "28, TILED, 1, 512, 100352",
        "36, TILED, 16, 1, 16",
        "36, TILED, 4, 1, 63",
        "36, TILED, 1, 1, 252",
        "36, TILED, 1, 2, 504",
        "36, TILED, 1, 32, 8064",
        "36, TILED, 1, 512, 129024",
        // Figure 1
        "28, TILED, 196, 1, 1",
        "28, TILED, 256, 1, 1",
        "28, TILED, 128, 1, 2",
        "28, TILED, 64, 1, 4",
        "28, TILED, 32, 1, 7",
        "28, TILED, 8, 1, 25",
        "28, TILED, 2, 1, 98",
        // Figure 4
        "36, TILED, 32, 1, 8",
        "36, TILED, 8, 1, 32",
        "36, TILED, 2, 1, 126",
        "36, STRUCTURED, 32, 1, 14",
        "36, STRUCTURED, 16, 1, 21",
        "36, STRUCTURED, 8, 1, 35",
        "36, STRUCTURED, 4, 1, 63",
        "36, STRUCTURED, 2, 1, 126",
        "36, STRUCTURED, 1, 1, 252",
        // One v for all modules
        "28, ALL, 1, 13, 13",
        "36, ALL, 1, 1, 1"
    })
    void countsEqualThePapers(int layers, Tying tying, int tieSize, int u, int trainedNumbers) {
        ModelShape shape = shape(layers);
        TiePlan plan = TiePlan.of(shape, spec(tying, tieSize, u));

        assertThat(plan.trainedNumbers()).isEqualTo(trainedNumbers);
        assertThat(plan.slots() * u).isEqualTo(trainedNumbers);
        assertThat(IntStream.range(0, shape.modules().size()).map(plan::slotOf).distinct())
                .as("every slot is used, and no other")
                .containsExactlyElementsOf(
                        IntStream.range(0, plan.slots()).boxed().toList());
    }

    @Test
    void tiledNeighboursShareWhateverTheirType() {
        TiePlan plan = TiePlan.of(shape(2), spec(Tying.TILED, 4, 1));

        assertThat(slots(plan, 14)).containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3);
    }

    @Test
    void structuredNeighboursShareWithinTheirType() {
        TiePlan plan = TiePlan.of(shape(3), spec(Tying.STRUCTURED, 2, 1));

        assertThat(slots(plan, 21)).containsExactly(0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
    }

    @Test
    void structuredTyingCountsOnlyTheTypesThatAreAdapted() {
        List<AdaptedModule> queries = shape(4).modules().stream()
                .filter(module -> module.type() == ModuleType.Q)
                .toList();

        assertThat(TiePlan.of(new ModelShape(4, queries), spec(Tying.STRUCTURED, 2, 1))
                        .slots())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        // modules, weight_tying, groups, size, modules in the last group
        "21, 1.0, 1, 21, 21",
        "21, 0.0, 21, 1, 1",
        "21, 0.5, 10, 2, 3",
        "21, 0.75, 5, 4, 5",
        "196, 0.9336734693877551, 13, 15, 16",
        "252, 0.9365079365079365, 16, 15, 27",
        "196, 0.4897959183673469, 100, 1, 97"
    })
    void peftGroupsSwallowTheRemainderInTheLast(int modules, double tying, int groups, int size, int inLast) {
        PeftGroups peft = PeftGroups.of(modules, tying);

        assertThat(peft).isEqualTo(new PeftGroups(groups, size));
        assertThat(IntStream.range(0, modules).filter(module -> peft.groupOf(module) == groups - 1))
                .hasSize(inLast);
    }

    /** Of 28 layers: 56 queries and values, 14 queries of every other layer. */
    @ParameterizedTest
    @CsvSource({
        "q_proj v_proj, ALL, 1, 13, 13, 13",
        "q_proj v_proj, TILED, 1, 5, 280, 224",
        "q_proj v_proj, TILED, 16, 1, 4, 4",
        "q_proj v_proj, TILED, 16, 100, 400, 224",
        "q_proj v_proj, STRUCTURED, 16, 1, 4, 4",
        "q_proj v_proj, STRUCTURED, 28, 3, 6, 6",
        "'model.layers.[0-9]*[02468].self_attn.q_proj', TILED, 2, 1, 7, 7",
        "'model.layers.[0-9]*[02468].self_attn.q_proj', STRUCTURED, 2, 1, 7, 7"
    })
    void tyingCountsOnlyTheModulesThatAreAdapted(
            String targets, Tying tying, int tieSize, int u, int trained, int free) {
        TargetModules chosen =
                targets.startsWith("model") ? TargetModules.matching(targets) : TargetModules.named(targets.split(" "));
        TiePlan plan = TiePlan.of(shape(28), spec(tying, tieSize, u, chosen));

        assertThat(plan.trainedNumbers()).isEqualTo(trained);
        assertThat(plan.degreesOfFreedom(2)).isEqualTo(free);
    }

    @Test
    void tilesAreOfAdaptedNeighbours() {
        TiePlan plan = TiePlan.of(shape(3), spec(Tying.TILED, 4, 1, TargetModules.named("q_proj", "v_proj")));

        assertThat(plan.modules()).containsExactly(0, 2, 7, 9, 14, 16);
        assertThat(plan.modules().stream().map(plan::slotOf)).containsExactly(0, 0, 0, 0, 1, 1);
        assertThatThrownBy(() -> plan.slotOf(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aBudgetIsSpentOnTheModulesThatAreAdapted() {
        TargetModules targets = TargetModules.named("q_proj", "v_proj");
        TinyLoraSpec other = spec(Tying.ALL, 1, 5, targets);

        TinyLoraSpec large = new TinyLoraBudget(196).spend(shape(28), other);
        assertThat(large.u()).isEqualTo(3);
        assertThat(large.targets()).isEqualTo(targets);
        assertThat(TiePlan.of(shape(28), large).trainedNumbers()).isEqualTo(168);
        TinyLoraSpec small = new TinyLoraBudget(13).spend(shape(28), other);
        assertThat(small.tieSize()).isEqualTo(5);
        assertThat(TiePlan.of(shape(28), small).trainedNumbers()).isEqualTo(12);
    }

    private static int[] slots(TiePlan plan, int modules) {
        return IntStream.range(0, modules).map(plan::slotOf).toArray();
    }

    private static TinyLoraSpec spec(Tying tying, int tieSize, int u) {
        return spec(tying, tieSize, u, TargetModules.ALL);
    }

    private static TinyLoraSpec spec(Tying tying, int tieSize, int u, TargetModules targets) {
        return new TinyLoraSpec(2, u, tying, tieSize, SigmaForm.PAPER, 42, ValueType.BF16, targets);
    }

    private static ModelShape shape(int layers) {
        List<AdaptedModule> modules = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++)
            for (ModuleType type : ModuleType.values()) modules.add(new AdaptedModule(layer, type, 8, 8));
        return new ModelShape(layers, modules);
    }
}
