package dev.thirteen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-tied", "qwen2-untied-sharded", "llama3-scaled", "smollm2-like", "qwen3"})
    void chatsAreRenderedAsByTransformers(String model) {
        SoftAssertions softly = new SoftAssertions();
        try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model(model))) {
            for (JsonNode chat :
                    Golden.json("models/" + model + "/chat_cases.json").path("cases")) {
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

    @Test
    void bracesOfAUserAreNotEvaluated() {
        try (HfTokenizer tokenizer = HfTokenizer.load(Golden.model("smollm2-like"))) {
            String text = "{{ 6 * 7 }} {% raw %} {# no #}";
            assertThat(tokenizer.renderChat(List.of(message("user", text)), false, Map.of()))
                    .contains("<|im_start|>user\n" + text + "<|im_end|>");
        }
    }

    @Test
    void turnsAreEncodedWithTheHeaderOfTheAnswer() {
        try (Tokenizer.Opened tokenizer = Tokenizer.open(Golden.model("qwen3"))) {
            int[] ids = tokenizer.encodeChat(List.of(new Tokenizer.Turn("user", "6*7?")));
            assertThat(tokenizer.decode(ids, false))
                    .isEqualTo("<|im_start|>user\n6*7?<|im_end|>\n<|im_start|>assistant\n");
        }
    }

    // As transformers 5 does before it renders; see _normalize_chat_messages and _alias_reasoning_fields there.
    @Test
    void nullsCountAsMissingAndReasoningHasEachOfItsNames(@TempDir Path folder) throws IOException {
        String template =
                "{% for m in messages %}{{ m.keys() | list }}{{ m.reasoning_content }}{% endfor %}{{ tools }}";
        Files.writeString(folder.resolve("chat_template.jinja"), template);
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", null);
        message.put("reasoning", "hm");
        ChatTemplate chat = ChatTemplate.read(folder).orElseThrow();
        assertThat(chat.render(List.of(message), false, Map.of()))
                .isEqualTo("['thinking', 'role', 'reasoning', 'reasoning_content']hmNone");
    }

    @Test
    void templateForToolsIsTakenWhereThereAreTools(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"bos_token": "<s>", "chat_template": [
                    {"name": "default", "template": "{{ bos_token }}plain"},
                    {"name": "tool_use", "template": "{{ tools | length }} tools"}]}
                """);
        ChatTemplate chat = ChatTemplate.read(folder).orElseThrow();
        assertThat(chat.render(List.of(), false, Map.of())).isEqualTo("<s>plain");
        assertThat(chat.render(List.of(), false, Map.of("tools", List.of(1)))).isEqualTo("1 tools");
    }

    @Test
    void templateThatCannotBeReadIsAProblemOnlyForChats(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("chat_template.jinja"), "a\n{% block x %}");
        ChatTemplate chat = ChatTemplate.read(folder).orElseThrow();
        assertThatThrownBy(() -> chat.render(List.of(), false, Map.of()))
                .isInstanceOf(Failure.class)
                .hasMessage("the chat template cannot be read, line 2: the tag 'block' is not supported");
    }

    private static Map<String, Object> message(String role, String content) {
        return Map.of("role", role, "content", content);
    }

    private static String render(HfTokenizer tokenizer, JsonNode chat) {
        List<Map<String, Object>> messages =
                ModelFiles.JSON.convertValue(chat.path("messages"), new TypeReference<List<Map<String, Object>>>() {});
        Map<String, Object> arguments = new HashMap<>(ModelFiles.JSON.convertValue(
                chat.path("template_arguments"), new TypeReference<Map<String, Object>>() {}));
        if (chat.has("tools")) {
            arguments.put(
                    "tools", ModelFiles.JSON.convertValue(chat.path("tools"), new TypeReference<List<Object>>() {}));
        }
        return tokenizer.renderChat(messages, chat.path("add_generation_prompt").asBoolean(), arguments);
    }
}
