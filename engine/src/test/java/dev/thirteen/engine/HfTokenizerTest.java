package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.digest.Digests;
import dev.thirteen.core.failure.Failure;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HfTokenizerTest {
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "qwen2-untied-sharded", "llama3-scaled", "smollm2-like", "qwen3"})
    void textsAndIdsAreThoseOfHuggingFace(String model) {
        JsonNode cases = Golden.json("models/" + model + "/tokenizer_cases.json");
        SoftAssertions softly = new SoftAssertions();
        try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model(model))) {
            for (JsonNode one : cases.path("encode")) {
                String text = one.path("text").asText();
                int[] ids = Golden.ints(one.path("ids"));
                softly.assertThat(tokenizer.encode(text, true)).as(text).isEqualTo(ids);
                softly.assertThat(tokenizer.encode(text, false))
                        .as(text)
                        .isEqualTo(Golden.ints(one.path("ids_without_special")));
                softly.assertThat(tokenizer.decode(ids, false))
                        .isEqualTo(one.path("decoded").asText());
                softly.assertThat(tokenizer.decode(ids, true))
                        .isEqualTo(one.path("decoded_skip_special").asText());
            }
            for (JsonNode one : cases.path("decode")) {
                softly.assertThat(tokenizer.decode(Golden.ints(one.path("ids")), false))
                        .isEqualTo(one.path("decoded").asText());
            }
        }
        softly.assertAll();
        assertThat(cases.path("encode").size()).isGreaterThan(40);
    }

    @ParameterizedTest
    @CsvSource({"qwen2-tied,595 597", "llama3-scaled,608 613 614", "smollm2-like,2"})
    void stopTokensAreThoseOfEveryConfig(String model, String ids) {
        try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model(model))) {
            assertThat(IntStream.range(0, 700).filter(tokenizer::isStop).mapToObj(Integer::toString))
                    .containsExactly(ids.split(" "));
        }
    }

    @Test
    void digestIsThatOfTheFile() {
        try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model("qwen2-tied"))) {
            assertThat(tokenizer.digest())
                    .isEqualTo(Digests.sha256(
                            ModelFiles.bytes(Golden.model("qwen2-tied").resolve("tokenizer.json"))));
        }
    }

    @Test
    void missingFileIsNamed(@TempDir Path empty) {
        assertThatThrownBy(() -> HfTokenizer.load(empty))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("tokenizer.json is missing");
    }

    @Test
    void aClosedTokenizerSaysSo() {
        HfTokenizer tokenizer = HfTokenizer.load(Golden.model("smollm2-like"));
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("text", false))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.CAPACITY));
    }
}
