package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderTest {
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "smollm2-like"})
    void greedyTokensAreThoseOfHuggingFaceInOneRaggedBatch(String name) {
        try (BaseModel base = BaseModel.load(Golden.model(name), new EngineOptions(Precision.FP32, 2));
                Decoder decoder = new Decoder(base, new Decoder.Options(16, 128, false))) {
            long id = 0;
            Map<Long, JsonNode> cases = new HashMap<>();
            for (JsonNode golden :
                    Golden.json("models/" + name + "/expected.json").path("cases")) {
                int[] prompt = Golden.ints(golden.path("ids"));
                decoder.admit(new Decoder.Group(id, Policy.BASE, prompt, 2, new SamplingParameters(0, 1, 0, 24, 1), 0));
                cases.put(id++, golden);
            }
            Map<Long, List<Integer>> drawn = new HashMap<>();
            while (decoder.runningRows() > 0) {
                for (Decoder.Token token : decoder.step()) {
                    if (token.sample() == 1) {
                        drawn.computeIfAbsent(token.group(), g -> new ArrayList<>())
                                .add(token.tokenId());
                    }
                }
            }
            cases.forEach((group, golden) -> {
                int[] ids = Golden.ints(golden.path("greedy").path("ids"));
                assertThat(drawn.get(group)).containsExactlyElementsOf(untilStop(base, ids));
            });
        }
    }

    private static List<Integer> untilStop(BaseModel base, int[] ids) {
        List<Integer> kept = new ArrayList<>();
        for (int id : ids) {
            kept.add(id);
            if (base.tokenizer().isStop(id)) break;
        }
        return kept;
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "smollm2-like"})
    void logProbsAreThoseOfHuggingFace(String name) {
        try (BaseModel base = BaseModel.load(Golden.model(name), new EngineOptions(Precision.FP32, 2));
                PolicyGradient gradient = new PolicyGradient(base)) {
            List<PolicyGradient.Sequence> sequences = new ArrayList<>();
            List<double[]> expected = new ArrayList<>();
            for (JsonNode golden :
                    Golden.json("models/" + name + "/expected.json").path("cases")) {
                int[] ids = Golden.ints(golden.path("ids"));
                if (ids.length < 2) continue;
                sequences.add(new PolicyGradient.Sequence(
                        new int[] {ids[0]}, java.util.Arrays.copyOfRange(ids, 1, ids.length)));
                expected.add(Golden.doubles(golden.path("next_token_logprobs")));
            }
            List<double[]> current = gradient.logProbs(Policy.BASE, sequences, 1, 4096);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(current.get(i)).containsExactly(expected.get(i), within(1e-4));
            }
        }
    }
}
