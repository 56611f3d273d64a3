package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thirteen.core.sampling.SamplingParameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of every family, several bases of one family and the base itself in one batch: each is what it is alone. */
class MixedBatchTest {
    private static final int NEW_TOKENS = 8;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"FP32,1e-4", "BF16,0.1"})
    void everyRowIsWhatItIsAlone(Precision precision, double bound) throws IOException {
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(precision, 1))) {
            List<Decoder.Group> groups = groups(base);
            // Prompts are cut into parts beside each other, and computed whole alone.
            Map<String, List<Decoder.Token>> together = run(base, groups, 4);
            for (Decoder.Group group : groups) {
                Map<String, List<Decoder.Token>> alone = run(base, List.of(group), 512);
                alone.forEach((sample, tokens) -> compare(tokens, together.get(sample), bound));
            }
        }
    }

    /** In an order that mixes families, with groups of one and of two, that come in while others run. */
    private List<Decoder.Group> groups(BaseModel base) throws IOException {
        List<Policy> policies = new ArrayList<>(List.of(Policy.BASE));
        for (Map.Entry<String, String> config : RandomAdapters.CONFIGS.entrySet()) {
            for (int seed = 1; seed <= 2; seed++) {
                Path place = folder.resolve(config.getKey() + seed);
                policies.add(RandomAdapters.policy(place, base, config.getValue(), seed));
            }
        }
        Random random = new Random(13);
        Collections.shuffle(policies, random);
        List<Decoder.Group> groups = new ArrayList<>();
        for (Policy policy : policies) {
            int[] prompt = random.ints(2 + random.nextInt(9), 0, 590).toArray();
            SamplingParameters sampling = new SamplingParameters(1, 1, 0, 3 + random.nextInt(NEW_TOKENS), 7);
            groups.add(new Decoder.Group(groups.size(), policy, prompt, 1 + groups.size() % 2, sampling, 5));
        }
        return groups;
    }

    private static Map<String, List<Decoder.Token>> run(BaseModel base, List<Decoder.Group> groups, int promptTokens) {
        Map<String, List<Decoder.Token>> drawn = new LinkedHashMap<>();
        List<Decoder.Group> waiting = new ArrayList<>(groups);
        Decoder.Cache cache = new Decoder.Cache(8192, promptTokens, false);
        try (Decoder decoder = new Decoder(base, new Decoder.Options(64, 64, false, cache))) {
            while (decoder.runningRows() > 0 || !waiting.isEmpty()) {
                for (int i = 0; i < 4 && !waiting.isEmpty(); i++) decoder.admit(waiting.removeFirst());
                for (Decoder.Token token : decoder.step()) {
                    drawn.computeIfAbsent(token.group() + "/" + token.sample(), _ -> new ArrayList<>())
                            .add(token);
                }
            }
        }
        return drawn;
    }

    /** In bf16 a draw may fall on the other side of a bound; log-probs are compared as far as the texts agree. */
    private static void compare(List<Decoder.Token> alone, List<Decoder.Token> together, double bound) {
        assertThat(together).isNotNull();
        if (bound < 1e-3) assertThat(ids(together)).isEqualTo(ids(alone));
        for (int t = 0; t < Math.min(alone.size(), together.size()); t++) {
            if (alone.get(t).tokenId() != together.get(t).tokenId()) return;
            assertThat(together.get(t).logProb()).isCloseTo(alone.get(t).logProb(), within((float) bound));
        }
    }

    private static List<Integer> ids(List<Decoder.Token> tokens) {
        return tokens.stream().map(Decoder.Token::tokenId).toList();
    }
}
