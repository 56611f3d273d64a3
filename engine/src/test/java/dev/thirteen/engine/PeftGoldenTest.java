package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PEFT's adapters give PEFT's numbers. */
class PeftGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"tinylora-u13-tied", "tinylora-u1-none", "tinylora-paper-form"})
    void logProbsAreThoseOfPeft(String adapter) {
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(Precision.FP32, 1))) {
            Policy policy =
                    AdapterFolder.read(base, Golden.path("adapters/" + adapter)).policy();
            PolicyGradient gradient = new PolicyGradient(base);
            for (JsonNode input :
                    Golden.json("adapters/" + adapter + "/expected.json").path("inputs")) {
                int[] ids = Golden.ints(input.path("ids"));
                PolicyGradient.Sequence sequence =
                        new PolicyGradient.Sequence(Arrays.copyOf(ids, 1), Arrays.copyOfRange(ids, 1, ids.length));
                double[] logProbs =
                        gradient.logProbs(policy, List.of(sequence), 1, 4096).getFirst();
                assertThat(logProbs).containsExactly(Golden.doubles(input.path("next_token_logprobs")), within(1e-4));
            }
        }
    }
}
