package dev.thirteen.core.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ModelShapeTest {
    @Test
    void modulesHaveTheirHuggingFacePaths() {
        assertThat(new AdaptedModule(3, ModuleType.GATE, 8, 16).path()).isEqualTo("model.layers.3.mlp.gate_proj");
        assertThat(new AdaptedModule(0, ModuleType.O, 8, 8).path()).isEqualTo("model.layers.0.self_attn.o_proj");
    }

    @Test
    void theRankIsBoundedByTheSmallestSideOfAnyModule() {
        AdaptedModule key = new AdaptedModule(0, ModuleType.K, 64, 16);
        AdaptedModule down = new AdaptedModule(0, ModuleType.DOWN, 192, 64);
        assertThat(new ModelShape(1, List.of(down, key)).maxRank()).isEqualTo(16);
    }

    @Test
    void emptyShapesAreRefused() {
        assertThatThrownBy(() -> new AdaptedModule(-1, ModuleType.Q, 8, 8)).hasMessageContaining("layer -1");
        assertThatThrownBy(() -> new AdaptedModule(0, ModuleType.Q, 0, 8)).hasMessageContaining("in 0");
        assertThatThrownBy(() -> new ModelShape(1, List.of())).hasMessageContaining("layers and modules");
    }

    @Test
    void specsOutOfRangeAreRefusedByName() {
        assertThatThrownBy(() -> spec(0, 1, 1)).hasMessageContaining("rank");
        assertThatThrownBy(() -> spec(2, 0, 1)).hasMessageContaining("u must be");
        assertThatThrownBy(() -> spec(2, 1, 0)).hasMessageContaining("n-tie");
        assertThatThrownBy(() -> PeftGroups.of(0, 0.5)).hasMessageContaining("modules 0");
        assertThatThrownBy(() -> PeftGroups.of(1, Double.NaN)).hasMessageContaining("weight_tying");
    }

    private static TinyLoraSpec spec(int rank, int u, int tieSize) {
        return new TinyLoraSpec(rank, u, Tying.TILED, tieSize, SigmaForm.PAPER, 42, ValueType.FP32);
    }
}
