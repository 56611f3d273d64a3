package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows of every family, several bases of one family and the base itself in one batch: each is what it is alone. Models,
 * adapters, prompts, lengths and orders are drawn from seeds.
 */
class MixedBatchTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "qwen2-tied,1,FP32,1e-4",
        "qwen2-tied,2,BF16,0.1",
        "qwen3,3,FP32,1e-4",
        "qwen3,4,BF16,0.1",
        "llama3-scaled,5,FP32,1e-4",
        "llama3-scaled,6,BF16,0.1"
    })
    void everyRowIsWhatItIsAlone(String like, long seed, Precision precision, double bound) throws IOException {
        try (BaseModel base = MixedBatch.model(folder, like, seed, precision)) {
            List<Policy> policies = MixedBatch.policies(base, folder);
            int agreed = 0;
            int rows = 0;
            for (int shuffle = 0; shuffle < 3; shuffle++) {
                List<Decoder.Group> groups = MixedBatch.groups(policies, 8 + 12 * shuffle, 13 * seed + shuffle);
                // Prompts are cut into parts beside each other, and computed whole alone.
                Map<String, List<Decoder.Token>> together = MixedBatch.run(base, groups, 4 + 7 * shuffle);
                for (Decoder.Group group : groups) {
                    // Half of the rows of each batch, for time: policies stand elsewhere in the next one.
                    if (group.id() % 2 == shuffle % 2) continue;
                    Map<String, List<Decoder.Token>> alone = MixedBatch.run(base, List.of(group), 512);
                    for (Map.Entry<String, List<Decoder.Token>> row : alone.entrySet()) {
                        rows++;
                        if (agree(row.getValue(), together.get(row.getKey()), (float) bound)) agreed++;
                    }
                }
            }
            // A draw that falls on a bound may go either way; it seldom does.
            assertThat(agreed).isGreaterThanOrEqualTo(rows * (precision == Precision.FP32 ? 98 : 80) / 100);
        }
    }

    /** Whether the texts are the same; as far as they are, so are the log-probs. */
    private static boolean agree(List<Decoder.Token> alone, List<Decoder.Token> together, float bound) {
        assertThat(together).isNotNull();
        for (int t = 0; t < Math.min(alone.size(), together.size()); t++) {
            if (alone.get(t).tokenId() != together.get(t).tokenId()) return false;
            assertThat(together.get(t).logProb()).isCloseTo(alone.get(t).logProb(), within(bound));
        }
        assertThat(together).hasSameSizeAs(alone);
        return true;
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "qwen3", "llama3-scaled"})
    void inDeterministicModeEveryRowHasTheBitsThatItHasAlone(String like) throws IOException {
        Precision precision = like.equals("qwen3") ? Precision.BF16 : Precision.FP32;
        Decoder.Options options = new Decoder.Options(64, 64, true, new Decoder.Cache(8192, 0, true));
        try (BaseModel base = MixedBatch.model(folder, like, 7, precision)) {
            List<Decoder.Group> groups = MixedBatch.groups(MixedBatch.policies(base, folder), 30, 7);
            Map<String, List<Decoder.Token>> together = MixedBatch.run(base, groups, options);
            for (Decoder.Group group : groups) {
                MixedBatch.run(base, List.of(group), options)
                        .forEach((row, tokens) ->
                                assertThat(together.get(row)).as(row).isEqualTo(tokens));
            }
        }
    }

    /** Full weights as an adapter beside others, and as a checkpoint of their own. */
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "qwen3", "llama3-scaled"})
    void fullWeightsBesideOthersAreABaseOfTheirOwn(String like) throws IOException {
        try (BaseModel base = MixedBatch.model(folder, like, 9, Precision.FP32)) {
            List<Policy> policies = MixedBatch.policies(base, folder);
            Policy full = RandomAdapters.policy(folder.resolve("of-all"), base, RandomAdapters.FULL, 3);
            Path merged = folder.resolve("merged");
            MergedCheckpoint.write(base, full, merged);
            List<Decoder.Group> groups = MixedBatch.groups(policies, 12, 9).subList(0, 4);
            Decoder.Group group = groups.get(2);
            Decoder.Group[] mixed = groups.toArray(Decoder.Group[]::new);
            mixed[2] = group.under(full);
            Map<String, List<Decoder.Token>> together = MixedBatch.run(base, Arrays.asList(mixed), 4);
            try (BaseModel whole = BaseModel.load(merged, new EngineOptions(Precision.FP32, 1))) {
                MixedBatch.run(whole, List.of(group.under(Policy.BASE)), 512)
                        .forEach((row, tokens) -> assertThat(agree(tokens, together.get(row), 1e-4f))
                                .as(row)
                                .isTrue());
            }
        }
    }
}
