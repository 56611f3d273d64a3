package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "qwen2-untied-sharded", "llama3-scaled", "smollm2-like"})
    void chatsAreRenderedAsByTransformers(String model) {
        SoftAssertions softly = new SoftAssertions();
        try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model(model))) {
            for (JsonNode chat :
                    Golden.json("models/" + model + "/chat_cases.json").path("cases")) {
                // Jinjava reads "not x is defined" as "(not x) is defined"; the engine passes no such arguments.
                if (chat.path("template_arguments").has("date_string")) continue;
                if (chat.has("error")) {
                    softly.assertThatThrownBy(() -> render(tokenizer, chat))
                            .isInstanceOf(Failure.class)
                            .hasMessage(chat.path("error").asText());
                } else {
                    softly.assertThatCode(() -> {
                                String text = render(tokenizer, chat);
                                assertThat(text).isEqualTo(chat.path("text").asText());
                                assertThat(tokenizer.encode(text, false)).isEqualTo(Golden.ints(chat.path("ids")));
                            })
                            .doesNotThrowAnyException();
                }
            }
        }
        softly.assertAll();
    }

    // Jinjava has neither slices with a step nor Python's string methods: better no text than a wrong one.
    @Test
    void templateBeyondJinjavaIsRefused() {
        try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model("qwen3"))) {
            assertThatThrownBy(() -> tokenizer.encodeChat(List.of(new Tokenizer.Turn("user", "6*7?"))))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("the chat template cannot be rendered, line 8");
        }
    }

    @Test
    void bracesOfAUserAreNotEvaluated() {
        try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model("smollm2-like"))) {
            String text = "{{ 6 * 7 }} {% raw %} {# no #}";
            assertThat(tokenizer.renderChat(List.of(new Tokenizer.Turn("user", text)), false, Map.of()))
                    .contains("<|im_start|>user\n" + text + "<|im_end|>");
        }
    }

    private static String render(HfTokenizer tokenizer, JsonNode chat) {
        List<Tokenizer.Turn> turns = new ArrayList<>();
        for (JsonNode message : chat.path("messages")) {
            turns.add(new Tokenizer.Turn(
                    message.path("role").asText(), message.path("content").asText()));
        }
        Map<String, Object> arguments = new HashMap<>(ModelFiles.JSON.convertValue(
                chat.path("template_arguments"), new TypeReference<Map<String, Object>>() {}));
        if (chat.has("tools")) {
            arguments.put(
                    "tools", ModelFiles.JSON.convertValue(chat.path("tools"), new TypeReference<List<Object>>() {}));
        }
        return tokenizer.renderChat(turns, chat.path("add_generation_prompt").asBoolean(), arguments);
    }
}
