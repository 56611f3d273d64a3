package dev.thirteen.cli.golden;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tokenizer and chat template of a model folder: ids and texts, exactly. */
final class TextCases {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<List<Map<String, Object>>> MESSAGES = new TypeReference<>() {};
    private static final TypeReference<Map<String, Object>> ARGUMENTS = new TypeReference<>() {};

    private final GoldenReport report;
    private final Tokenizer tokenizer;

    private TextCases(GoldenReport report, Tokenizer tokenizer) {
        this.report = report;
        this.tokenizer = tokenizer;
    }

    static void check(GoldenFolder golden, Path folder) {
        Path texts = folder.resolve("tokenizer_cases.json");
        Path chats = folder.resolve("chat_cases.json");
        if (!Files.exists(texts) && !Files.exists(chats)) return;
        GoldenReport report = golden.report();
        try (Tokenizer.Opened tokenizer = Tokenizer.open(folder)) {
            TextCases cases = new TextCases(report, tokenizer);
            String of = golden.name(texts);
            if (Files.exists(texts)) report.guard(of, () -> cases.texts(of, GoldenFolder.json(texts)));
            String chat = golden.name(chats);
            if (Files.exists(chats)) report.guard(chat, () -> cases.chats(chat, GoldenFolder.json(chats)));
        }
    }

    private void texts(String file, JsonNode json) {
        if (json.path("encode").isEmpty() && json.path("decode").isEmpty()) {
            throw GoldenFolder.nothing("has neither encode nor decode");
        }
        int index = 0;
        for (JsonNode one : json.path("encode")) {
            String name = "%s encode %d".formatted(file, index++);
            String text = one.path("text").asText();
            int[] ids = Numbers.ints(one.path("ids"));
            ids(name, tokenizer.encode(text, true), ids);
            if (one.has("ids_without_special")) {
                ids(
                        name + " without special",
                        tokenizer.encode(text, false),
                        Numbers.ints(one.path("ids_without_special")));
            }
            decoded(name, ids, one);
        }
        index = 0;
        for (JsonNode one : json.path("decode")) {
            String name = "%s decode %d".formatted(file, index++);
            boolean some = one.has("decoded") || one.has("decoded_skip_special");
            if (some) decoded(name, Numbers.ints(one.path("ids")), one);
            else report.failed(name, "has no decoded and no decoded_skip_special");
        }
    }

    private void ids(String name, int[] actual, int[] expected) {
        report.exact(name, Arrays.toString(actual), Arrays.toString(expected));
    }

    private void decoded(String name, int[] ids, JsonNode one) {
        if (one.has("decoded")) {
            report.exact(
                    name + " decoded",
                    tokenizer.decode(ids, false),
                    one.path("decoded").asText());
        }
        if (one.has("decoded_skip_special")) {
            String expected = one.path("decoded_skip_special").asText();
            report.exact(name + " decoded, special skipped", tokenizer.decode(ids, true), expected);
        }
    }

    private void chats(String file, JsonNode json) {
        int index = 0;
        for (JsonNode chat : GoldenFolder.some(json, "cases")) {
            String name = "%s %d".formatted(file, index++);
            report.guard(name, () -> chat(name, chat));
        }
    }

    private void chat(String name, JsonNode chat) {
        if (!chat.has("text") && !chat.has("error")) throw GoldenFolder.nothing("has neither text nor error");
        String text;
        try {
            text = render(chat);
        } catch (Failure refused) {
            if (!chat.has("error")) throw refused;
            report.exact(
                    name + " error",
                    String.valueOf(refused.getMessage()),
                    chat.path("error").asText());
            return;
        }
        if (chat.has("error")) {
            report.failed(name, "was rendered and must fail with " + chat.path("error"));
            return;
        }
        report.exact(name + " text", text, chat.path("text").asText());
        if (chat.has("ids")) ids(name + " ids", tokenizer.encode(text, false), Numbers.ints(chat.path("ids")));
    }

    private String render(JsonNode chat) {
        Map<String, Object> arguments = new HashMap<>();
        if (chat.path("template_arguments").isObject()) {
            arguments.putAll(JSON.convertValue(chat.path("template_arguments"), ARGUMENTS));
        }
        if (chat.path("tools").isArray()) arguments.put("tools", JSON.convertValue(chat.path("tools"), MESSAGES));
        List<Map<String, Object>> messages = JSON.convertValue(chat.path("messages"), MESSAGES);
        return tokenizer.renderChat(messages, chat.path("add_generation_prompt").asBoolean(), arguments);
    }
}
