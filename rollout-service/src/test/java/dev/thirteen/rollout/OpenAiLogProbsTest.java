package dev.thirteen.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.sampling.FinishReason;
import dev.thirteen.engine.Decoder;
import dev.thirteen.engine.Tokenizer;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How tokens are shown beside their log-probabilities. In Quarkus's class loader, since one alone can load the tokenizers. */
@QuarkusTest
@QuarkusTestResource(RealBroker.class)
class OpenAiLogProbsTest {
    private static final Path RESOURCES = Path.of(System.getProperty("thirteen.home"), "engine/src/test/resources");
    private static final String BYTE_LEVEL = "golden/models/qwen2-tied";
    private static final String SENTENCE_PIECE = "tokenizers/sentencepiece";

    @ParameterizedTest
    @ValueSource(strings = {BYTE_LEVEL, SENTENCE_PIECE})
    void theBytesOfAllTokensAreTheText(String folder) {
        try (Tokenizer.Opened tokenizer = Tokenizer.open(RESOURCES.resolve(folder))) {
            for (String text : List.of("ab ab", " ab", "🙂é b🙂", "漢字 und  b")) {
                int[] ids = tokenizer.encode(text, false);
                OpenAiChatFormat chat = new OpenAiChatFormat(tokenizer);

                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                for (JsonNode token : chat.logProbs(lines(tokenizer, ids)).path("content")) {
                    token.path("bytes").forEach(one -> bytes.write(one.intValue()));
                    assertThat(token.at("/top_logprobs/0/bytes")).isEqualTo(token.path("bytes"));
                    assertThat(token.at("/top_logprobs/0/token")).isEqualTo(token.path("token"));
                }

                assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(tokenizer.decode(ids, true));
            }
        }
    }

    @Test
    void halvesOfACharacterAreShownByTheirBytes() {
        try (Tokenizer.Opened tokenizer = Tokenizer.open(RESOURCES.resolve(SENTENCE_PIECE))) {
            List<OpenAiChoice.Line> lines = lines(tokenizer, tokenizer.encode("ab €", false));

            JsonNode chat = new OpenAiChatFormat(tokenizer).logProbs(lines);
            assertThat(texts(chat.path("content"), "token")).containsExactly("ab", " ", "\\xe2", "\\x82", "\\xac");
            JsonNode completion = new OpenAiCompletionFormat(tokenizer).logProbs(lines);
            assertThat(texts(completion.path("tokens"), ""))
                    .containsExactly("ab", " ", "bytes:\\xe2", "bytes:\\x82", "bytes:\\xac");
            assertThat(completion.at("/top_logprobs/2").has("bytes:\\xe2")).isTrue();
            assertThat(completion.path("text_offset").toString()).isEqualTo("[0,2,3,3,3]");
        }
    }

    @Test
    void aSpecialTokenHasANameAndNoBytes() {
        try (Tokenizer.Opened tokenizer = Tokenizer.open(RESOURCES.resolve(SENTENCE_PIECE))) {
            int word = tokenizer.encode("ab", false)[0];
            List<OpenAiChoice.Line> lines = lines(tokenizer, new int[] {1, word, word});

            JsonNode chat = new OpenAiChatFormat(tokenizer).logProbs(lines).path("content");
            assertThat(texts(chat, "token")).containsExactly("<s>", "ab", " ab");
            assertThat(chat.at("/0/bytes").isNull()).isTrue();
        }
    }

    private static List<OpenAiChoice.Line> lines(Tokenizer tokenizer, int[] ids) {
        OpenAiChoice choice = new OpenAiChoice(0, tokenizer, List.of());
        List<OpenAiChoice.Line> lines = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            FinishReason finish = i == ids.length - 1 ? FinishReason.LENGTH : null;
            List<Decoder.Alternative> likeliest = List.of(new Decoder.Alternative(ids[i], -1));
            lines.addAll(choice.add(new Decoder.Token(0, 0, ids[i], -1, -1, likeliest, finish))
                    .lines());
        }
        return lines;
    }

    private static List<String> texts(JsonNode list, String field) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(one -> (field.isEmpty() ? one : one.path(field)).textValue())
                .toList();
    }
}
