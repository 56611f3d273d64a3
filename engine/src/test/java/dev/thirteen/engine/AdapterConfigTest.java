package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thirteen.core.adapter.AdaLora;
import dev.thirteen.core.adapter.ModelShape;
import dev.thirteen.core.failure.Failure;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which modules PEFT (0.21) takes for a config, and by how much it scales them. */
class AdapterConfigTest {
    private static final ModelConfig MODEL = ConfigFile.read(Golden.model("qwen2-tied"));
    private static final ModelShape SHAPE = MODEL.shape();

    private static AdapterConfig config(String keys) {
        return AdapterConfig.of("adapter_config.json", "{" + keys.replace('\'', '"') + "}");
    }

    /** Modules of three layers are numbered q, k, v, o, gate, up, down. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'target_modules': ['v_proj'], 'layers_to_transform': [2]                                                      | [16]
            'target_modules': ['v_proj', 'model.layers.0.mlp.up_proj'], 'layers_to_transform': [2]                        | [5, 16]
            'target_modules': ['v_proj', 'layers.0.mlp.up_proj'], 'layers_to_transform': 2                                | [16]
            'target_modules': ['model.layers.0.mlp.up_proj', 'v_proj'], 'exclude_modules': ['up_proj']                    | [2, 9, 16]
            'target_modules': ['v_proj', 'lm_head'], 'exclude_modules': ['lm_head']                                       | [2, 9, 16]
            'target_modules': ['v_proj'], 'layers_to_transform': [1], 'layers_pattern': ['h', 'layers?']                  | [9]
            'target_modules': ['v_proj'], 'layers_to_transform': [1], 'layers_pattern': ''                                | [9]
            'target_modules': 'model\\\\.layers\\\\.(?P<layer>[12])\\\\..*v_proj'                                            | [9, 16]
            'target_modules': ['v_proj'], 'exclude_modules': '.*[02]\\\\..*'                                              | [9]
            """)
    void modulesAreThoseThatPeftTakes(String keys, String modules) {
        assertThat(config(keys).targets(SHAPE)).hasToString(modules);
    }

    /** Java would take what is in both halves of the class. */
    @Test
    void aClassThatPythonReadsOtherwiseIsRefused() {
        assertThatThrownBy(() -> config("'target_modules': '.*[qk&&v]_proj'").targets(SHAPE))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("the expression .*[qk&&v]_proj cannot be read: && in a class");
    }

    @ParameterizedTest
    @CsvSource({"6, 6", "0, 4", "-3, 4"})
    void anAlphaOfAdaLoraThatIsNotPositiveIsTheRank(double alpha, double scale) {
        String keys = "'peft_type': 'ADALORA', 'init_r': 4, 'target_modules': ['q_proj'], 'lora_alpha': " + alpha;
        AdapterPlan plan = AdapterPlans.of(config(keys), MODEL, name -> true);
        try (Safetensors nothing = Safetensors.of("nothing", Safetensors.bytes(Map.of(), List.of()))) {
            AdaLora family = (AdaLora) plan.family().apply(nothing);
            float[] ones = new float[family.trainedNumbers()];
            Arrays.fill(ones, 1);
            // Four triplets of ones.
            assertThat(family.update(0, ones).dense(SHAPE.modules().getFirst())[0])
                    .isEqualTo((float) (4 * scale / (4 + 1e-5)));
        }
    }
}
