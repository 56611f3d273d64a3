package dev.thirteen.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thirteen.core.failure.Failure;
import dev.thirteen.engine.jinja.Template;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A model's chat template, rendered with the variables that Hugging Face transformers gives it. Shared by threads. */
final class ChatTemplate {
    private static final List<String> TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");
    private static final List<String> REASONING = List.of("reasoning_content", "thinking", "reasoning");

    private final Supplier<Template> plain;
    private final Supplier<Template> withTools;
    private final Map<String, Object> tokens;
    private final Clock clock;

    private ChatTemplate(String plain, String withTools, Map<String, Object> tokens, Clock clock) {
        this.plain = parsed(plain);
        this.withTools = plain.equals(withTools) ? this.plain : parsed(withTools);
        this.tokens = tokens;
        this.clock = clock;
    }

    /** The template of a folder: chat_template.jinja, else tokenizer_config.json; empty when it has none. */
    static Optional<ChatTemplate> read(Path folder) {
        return read(folder, Clock.systemDefaultZone());
    }

    /**
     * As {@link #read(Path)}.
     *
     * @param clock what {@code strftime_now} of a template shows
     */
    static Optional<ChatTemplate> read(Path folder, Clock clock) {
        JsonNode config = ModelFiles.jsonIfPresent(folder.resolve("tokenizer_config.json"));
        Path file = folder.resolve("chat_template.jinja");
        String source = Files.exists(file) ? text(file) : named(config.path("chat_template"), "default");
        if (source.isEmpty()) return Optional.empty();
        Path tools = folder.resolve("additional_chat_templates").resolve("tool_use.jinja");
        String withTools = Files.exists(tools)
                ? text(tools)
                : Files.exists(file) ? "" : named(config.path("chat_template"), "tool_use");
        return Optional.of(new ChatTemplate(source, withTools.isEmpty() ? source : withTools, tokens(config), clock));
    }

    /** What is told where {@link #read(Path)} finds none. */
    static Failure missing(Path folder) {
        return new Failure(
                        Failure.Kind.CALLER,
                        "the model has no chat template: " + folder
                                + " has neither chat_template.jinja nor a chat_template in tokenizer_config.json")
                .because(Failure.Reason.NO_CHAT_TEMPLATE);
    }

    /**
     * The chat as text.
     *
     * @param messages each with its role, content and what else it has; nulls count as missing
     * @param arguments further variables of the template, such as tools
     * @throws Failure CALLER when the template raises or cannot be rendered
     */
    String render(List<? extends Map<String, ?>> messages, boolean addGenerationPrompt, Map<String, ?> arguments) {
        Map<String, @Nullable Object> variables = new HashMap<>(tokens);
        variables.put("tools", null);
        variables.put("documents", null);
        variables.putAll(arguments);
        variables.put("messages", messages.stream().map(ChatTemplate::message).toList());
        variables.put("add_generation_prompt", addGenerationPrompt);
        return (variables.get("tools") == null ? plain : withTools).get().render(variables, clock);
    }

    /** The turns of a plain chat as messages. */
    static List<Map<String, Object>> messages(List<Tokenizer.Turn> turns) {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (Tokenizer.Turn turn : turns) {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("role", turn.role());
            message.put("content", turn.content());
            messages.add(message);
        }
        return messages;
    }

    // As transformers: a key without value is dropped, and reasoning is found under each of its usual names.
    private static Map<String, Object> message(Map<String, ?> given) {
        Map<String, Object> message = new LinkedHashMap<>();
        Optional<Object> reasoning = Optional.empty();
        for (String name : REASONING) if (reasoning.isEmpty()) reasoning = Optional.ofNullable(given.get(name));
        reasoning.ifPresent(text -> message.put("thinking", text));
        given.forEach((key, value) -> {
            if (value != null) message.put(key, value);
        });
        reasoning.ifPresent(text -> message.put("reasoning_content", text));
        return message;
    }

    // A template that cannot be read is a problem only for those who use it: a model can do without.
    private static Supplier<Template> parsed(String source) {
        try {
            Template template = Template.parse(source);
            return () -> template;
        } catch (Failure e) {
            return () -> {
                throw e;
            };
        }
    }

    private static String text(Path file) {
        return new String(ModelFiles.bytes(file), StandardCharsets.UTF_8);
    }

    private static String named(JsonNode template, String name) {
        if (!template.isArray()) return name.equals("default") ? template.asText("") : "";
        for (JsonNode named : template) {
            if (named.path("name").asText().equals(name))
                return named.path("template").asText();
        }
        return "";
    }

    private static Map<String, Object> tokens(JsonNode config) {
        Map<String, Object> tokens = new HashMap<>();
        for (String name : TOKENS) {
            String text = text(config.path(name));
            if (!text.isEmpty()) tokens.put(name, text);
        }
        return tokens;
    }

    /** Text of a token, which is written as a string or as an object with {@code content}. */
    static String text(JsonNode token) {
        return token.isObject() ? token.path("content").asText("") : token.isTextual() ? token.asText() : "";
    }
}
