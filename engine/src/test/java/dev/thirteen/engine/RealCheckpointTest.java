package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.sampling.SamplingParameters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models answer GSM8K problems token for token as Hugging Face transformers does (scripts/golden_greedy.py). */
class RealCheckpointTest {
    private static final String MODELS = "THIRTEEN_MODELS";
    private static final int NEW_TOKENS = 64;

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"})
    void batchedGreedyTokensAreThoseOfTransformers(String name) {
        Path folder = folder(name);
        List<JsonNode> prompts =
                Golden.elements(Golden.json("greedy/" + name + ".json").path("prompts"));
        try (BaseModel base = BaseModel.load(folder, new EngineOptions(Precision.FP32, 0))) {
            List<List<Integer>> continuations = decode(base, prompts);
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(base.tokenizer().encodeChat(turns(prompts.get(i))))
                        .isEqualTo(Golden.ints(prompts.get(i).path("prompt")));
                assertThat(continuations.get(i).stream()
                                .mapToInt(Integer::intValue)
                                .toArray())
                        .as("prompt %d", i)
                        .isEqualTo(Golden.ints(prompts.get(i).path("continuation")));
            }
        }
    }

    private static Path folder(String name) {
        String models = System.getProperty(MODELS, System.getenv(MODELS));
        assumeTrue(models != null, MODELS + " names no folder of real models");
        Path folder = Path.of(models).resolve(name);
        assumeTrue(Files.isDirectory(folder), folder + " is not there");
        return folder;
    }

    /** Continuations by prompt, all decoded in one batch. */
    private static List<List<Integer>> decode(BaseModel base, List<JsonNode> prompts) {
        SamplingParameters greedy = new SamplingParameters(0, 1, 0, NEW_TOKENS, 0);
        List<List<Integer>> continuations = new ArrayList<>();
        try (Decoder decoder = new Decoder(base, new Decoder.Options(prompts.size(), 512, false))) {
            for (JsonNode prompt : prompts) {
                int[] ids = Golden.ints(prompt.path("prompt"));
                decoder.admit(new Decoder.Group(continuations.size(), Policy.BASE, ids, 1, greedy, 0));
                continuations.add(new ArrayList<>());
            }
            while (decoder.runningRows() > 0) {
                for (Decoder.Token token : decoder.step()) {
                    continuations.get((int) token.group()).add(token.tokenId());
                }
            }
        }
        return continuations;
    }

    private static List<Tokenizer.Turn> turns(JsonNode prompt) {
        List<Tokenizer.Turn> turns = new ArrayList<>();
        for (JsonNode turn : prompt.path("turns")) {
            turns.add(new Tokenizer.Turn(
                    turn.path("role").asText(), turn.path("content").asText()));
        }
        return turns;
    }
}
