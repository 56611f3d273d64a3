package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of every family, several bases of one family and the base itself in one batch: each is what it is alone. */
class MixedBatchTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"FP32,1e-4", "BF16,0.1"})
    void everyRowIsWhatItIsAlone(Precision precision, double bound) throws IOException {
        try (BaseModel base = BaseModel.load(Golden.model("qwen2-tied"), new EngineOptions(precision, 1))) {
            List<Decoder.Group> groups = MixedBatch.groups(base, folder);
            // Prompts are cut into parts beside each other, and computed whole alone.
            Map<String, List<Decoder.Token>> together = MixedBatch.run(base, groups, 4);
            for (Decoder.Group group : groups) {
                Map<String, List<Decoder.Token>> alone = MixedBatch.run(base, List.of(group), 512);
                alone.forEach((sample, tokens) -> compare(tokens, together.get(sample), bound));
            }
        }
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
